import ConnectorSDK
import Crypto
package import Foundation
import Glibc
package import Model

/// Writes an export: lines for one recipient, in chunks that authenticate the header, their place and whether they are the
/// last; the last one says how many lines there are. So a changed bit, a chunk that is missing, moved, repeated or
/// another export's, and a file that was cut or made longer are refused. Blocks on the disk.
package struct ExportWriter {
    package let header: ExportHeader
    private var sender: HPKE.Sender
    private let file: BackupFile
    private let target: String
    private let draft: String
    private var lines = Data()
    private var chunks = 0
    /// How many lines there are.
    package private(set) var count = 0

    /// Begins one, under another name until it is whole.
    /// - Throws: `SecretsError.Code.backupFile`.
    package init(to recipient: ExportRecipient, from store: String, at madeAt: Timestamp, into target: String) throws {
        sender = try HPKE.Sender(
            recipientKey: recipient.key, ciphersuite: ExportSuite.suite, info: ExportSuite.info)
        header = ExportHeader(
            store: store, madeAt: madeAt, recipient: recipient, encapsulated: sender.encapsulatedKey)
        self.target = target
        draft = target + ".draft-" + String(UInt64.random(in: .min ... .max), radix: 16)
        file = try BackupFile(making: draft)
        do {
            try file.write(header.bytes)
        } catch {
            unlink(draft)
            throw error
        }
    }

    /// Adds a line, which holds no line end.
    package mutating func add(_ line: Data) throws {
        guard line.count <= ExportSuite.longestLine else {
            throw SecretsError(.backupFile, "A connection is longer than an export takes.")
        }
        lines += line
        lines.append(UInt8(ascii: "\n"))
        count += 1
        if lines.count >= ExportSuite.chunk { try seal(isLast: false) }
    }

    /// Ends it, durably; from here on it has its name.
    package mutating func finish() throws {
        defer { abandon() }
        if !lines.isEmpty { try seal(isLast: false) }
        lines = Data(JSONWriter.text(.object(["lines": .number("\(count)")])).utf8)
        try seal(isLast: true)
        try file.synchronize()
        // A link, since a rename would replace what is there; not every file system has links.
        guard link(draft, target) == 0 || (errno != EEXIST && access(target, F_OK) != 0 && rename(draft, target) == 0)
        else {
            throw BackupFile.failure(target, "cannot be made; name another file if there is one", errno)
        }
        do {
            try BackupFile.synchronize(folder: (target as NSString).deletingLastPathComponent)
        } catch {
            unlink(target)  // whoever is told that there is no export must be right
            throw error
        }
    }

    /// Nothing of it stays that was not finished.
    package func abandon() { unlink(draft) }

    private mutating func seal(isLast: Bool) throws {
        defer { lines.wipe() }
        let sealed = try sender.seal(lines, authenticating: header.place(chunks, isLast: isLast))
        try file.write(Data([isLast ? 1 : 0]) + BigEndian.bytes(sealed.count) + sealed)
        chunks += 1
    }
}
