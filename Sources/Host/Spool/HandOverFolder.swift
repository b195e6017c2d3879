import Foundation
import Glibc
package import Model
import Threads

/// What this host has handed over, outside the store: a store that went back to before a hand-over knows nothing of it, and
/// the journal forgets. One file each, until an operator takes it back; it holds no secret.
package final class HandOverFolder: Sendable {
    private static let format = "hand-over 1"
    private static let draft = ".draft"

    private let path: String
    private let disk: Disk

    init(_ path: String, disk: Disk) throws {
        self.path = path
        self.disk = disk
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Returns when it is on disk: only then may anybody be given what was handed over.
    /// - Throws: `SpoolError` with `.disk` or `.name`.
    package func add(_ handOver: HandOver) async throws {
        let (file, bytes) = (file(handOver.attempt), try CheckedText.write(Self.fields(of: handOver)))
        try await WaitingThreads.run { try disk.replace(file, through: file + Self.draft, with: bytes) }
    }

    /// An operator has taken it back. A crash may bring it again, which is the safe side.
    package func remove(_ attempt: AttemptID) { unlink(file(attempt)) }

    /// All of them, in no order, and the files that do not say what was handed over.
    /// - Throws: when the folder cannot be read.
    package func read() throws -> (handOvers: [HandOver], damaged: [String]) {
        var (found, damaged): ([HandOver], [String]) = ([], [])
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where !name.hasSuffix(Self.draft) {
            if let handOver = read(name) { found.append(handOver) } else { damaged.append(path + "/" + name) }
        }
        return (found, damaged)
    }

    private func file(_ attempt: AttemptID) -> String { path + "/" + attempt.description }

    private func read(_ name: String) -> HandOver? {
        guard let bytes = FileManager.default.contents(atPath: path + "/" + name), bytes.last == UInt8(ascii: "\n"),
            let fields = CheckedText.read(bytes.dropLast())
        else { return nil }
        return Self.handOver(AttemptID(name), fields)
    }

    private static func fields(of handOver: HandOver) -> [String] {
        [
            format, handOver.line.connection.description, handOver.line.name, handOver.grant.description,
            String(handOver.generation), String(handOver.fence), handOver.host.description, handOver.boot.description,
            handOver.caller, String(handOver.at.milliseconds),
        ]
    }

    private static func handOver(_ attempt: AttemptID, _ fields: [String]) -> HandOver? {
        guard fields.count == 10, fields[0] == format, let generation = Int64(fields[4]), let fence = Int64(fields[5]),
            let at = Int64(fields[9])
        else { return nil }
        return HandOver(
            attempt: attempt, line: LineID(connection: ConnectionID(fields[1]), name: fields[2]),
            grant: GrantID(fields[3]), generation: generation, fence: fence, host: HostID(fields[6]),
            boot: BootID(fields[7]), caller: fields[8], at: Timestamp(milliseconds: at))
    }
}
