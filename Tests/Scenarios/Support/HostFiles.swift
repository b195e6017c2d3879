import Foundation
import GRDB

/// What a host has written, read past it.
struct HostFiles {
    let folder: URL

    /// Attempts whose end nobody has written down.
    func openAttempts() throws -> Int {
        try number("SELECT count(*) FROM attempt WHERE state IN ('intent', 'sent')")
            + number("SELECT count(*) FROM line WHERE open_attempt IS NOT NULL")
    }

    /// Rows of a table that speak of a connection.
    func rows(of connection: String) throws -> Int {
        let count = "SELECT count(*) FROM"
        return try number("\(count) connection WHERE id = ?", [connection])
            + ["line", "attempt", "version", "flow"].map {
                try number("\(count) \($0) WHERE connection = ?", [connection])
            }
            .reduce(0, +)
    }

    /// Changes the store of a stopped host, for times that no test can wait for; of a running one, behind its back.
    func change(_ sql: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try database.write { try $0.execute(sql: sql) }
        try database.close()
    }

    /// Answers that wait in the spool; drafts that are only prepared are blank.
    func spoolEntries() throws -> [String] {
        let entries = folder.path + "/spool/entries"
        return try FileManager.default.contentsOfDirectory(atPath: entries).filter { name in
            // One may be taken away meanwhile.
            FileManager.default.contents(atPath: entries + "/" + name)?.contains { $0 != 0 } ?? false
        }
    }

    /// Answers that were put aside.
    func kept() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path + "/spool/kept")
    }

    /// Records of the write chain with that action, as text.
    func audit(_ action: String) throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? database.close() }
        return try database.read {
            try String.fetchAll($0, sql: "SELECT record FROM audit WHERE record LIKE ?", arguments: ["%\"\(action)\"%"])
        }
    }

    private var path: String { folder.path + "/store.db" }

    private func number(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? database.close() }
        return try database.read { try Int.fetchOne($0, sql: sql, arguments: arguments) ?? 0 }
    }
}
