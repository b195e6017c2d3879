import Foundation
import TestSupport

/// The database file of a stopped host, as somebody sees it who may write it. SQL has one function more: `flip(blob, bit)`.
struct Database {
    let file: URL

    init(_ host: TestHost) { file = host.database }

    private static let script = """
        import json, sqlite3, sys
        def flip(blob, bit):
            at = bit // 8 % len(blob)
            return blob[:at] + bytes([blob[at] ^ 1 << bit % 8]) + blob[at + 1:]
        database = sqlite3.connect(sys.argv[1])
        database.create_function("flip", 2, flip)
        rows = database.execute(sys.argv[2]).fetchall()
        database.commit()
        print(json.dumps([[v.hex() if isinstance(v, bytes) else v for v in row] for row in rows]))
        """

    /// Runs one statement; rows come back with blobs in hexadecimal.
    @discardableResult
    func run(_ statement: String) async throws -> [[Any]] {
        let log = Tool.log(in: FileManager.default.temporaryDirectory, "sql")
        defer { try? FileManager.default.removeItem(at: log) }
        let result = try await Tool.run("python3", "-c", Self.script, file.path, statement, log: log)
        guard result.code == 0 else { throw Failure("\(statement): \(result.output)") }
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[Any]] ?? []
    }
}
