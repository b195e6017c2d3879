import ConnectorSDK
import Crypto
package import Foundation

/// Reads an export with the key that it was sealed to, chunk by chunk. Blocks on the disk.
package struct ExportReader {
    package let header: ExportHeader
    private var recipient: HPKE.Recipient
    private let file: BackupFile
    private var chunks = 0
    private var count = 0
    private var isOver = false
    private var done = 0

    /// - Throws: `SecretsError`: `.backupFile` when it cannot be read, `.wrongKey` when another key opens it, `.refused`
    ///   when it is no export or was changed.
    package init(reading path: String, with key: ImportKey) throws {
        file = try BackupFile(reading: path)
        header = try ExportHeader.read(file)
        guard header.recipient == key.recipient else {
            throw SecretsError(
                .wrongKey, "\(path) is sealed to \(header.recipient), and the key is that of \(key.recipient).")
        }
        let refused = Self.refused(path)
        do {
            recipient = try HPKE.Recipient(
                privateKey: key.key, ciphersuite: ExportSuite.suite, info: ExportSuite.info,
                encapsulatedKey: header.encapsulated)
        } catch { throw refused }
    }

    /// How far it is, from 0 to 1.
    package var part: Double { Double(min(done, file.size)) / Double(max(1, file.size)) }

    /// The lines of the next chunk; nil once all of it was read and found whole.
    package mutating func next() throws -> [Data]? {
        guard !isOver else { return nil }
        guard let flag = try file.read(1).first, flag <= 1, let length = BigEndian.number(try file.read(4)),
            (ExportSuite.overhead...Self.longest).contains(length)
        else { throw Self.refused(file.path) }
        let sealed = try file.read(length)
        done += length + 5
        guard sealed.count == length,
            var plain = try? recipient.open(sealed, authenticating: header.place(chunks, isLast: flag == 1))
        else { throw Self.refused(file.path) }
        defer { plain.wipe() }
        chunks += 1
        guard flag == 0 else {
            guard plain == Data(JSONWriter.text(.object(["lines": .number("\(count)")])).utf8),
                try file.read(1).isEmpty
            else { throw Self.refused(file.path) }
            isOver = true
            return nil
        }
        let lines = plain.split(separator: UInt8(ascii: "\n")).map { Data([UInt8]($0)) }
        count += lines.count
        return lines
    }

    private static let longest = ExportSuite.chunk + ExportSuite.longestLine + ExportSuite.overhead + 1

    private static func refused(_ path: String) -> SecretsError {
        SecretsError(.refused, "The export \(path) was changed or cut short; take another copy of it.")
    }
}
