import Foundation
import Model
import Testing

@testable import Secrets

/// SECURITY 28: an export opens whole and with the key that it was sealed to, or not at all.
@Suite struct ExportTests {
    @Test(arguments: [0, 1, 3, 500])
    func `what was sealed comes back, line by line`(_ count: Int) throws {
        try withFolder { folder in
            let key = try ImportKey(making: folder + "/key")
            let lines = (0..<count).map {
                Data("{\"line\":\($0),\"text\":\"\(String(repeating: "x", count: 999))\"}".utf8)
            }
            try Self.write(lines, to: key.recipient, folder + "/export")
            #expect(try Self.read(folder + "/export", key) == lines)
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/export")[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(Set(names) == ["key", "export"], "no draft stays: \(names)")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/export"))
            #expect(count == 0 || bytes.range(of: Data("line".utf8)) == nil)
        }
    }

    @Test func `one flipped bit anywhere is refused`() throws {
        try withFolder { folder in
            let key = try ImportKey(making: folder + "/key")
            try Self.write([Data("one".utf8), Data("two".utf8)], to: key.recipient, folder + "/export")
            let good = try Data(contentsOf: URL(fileURLWithPath: folder + "/export"))
            for index in good.indices {
                var bad = good
                bad[index] ^= 1 << UInt8(index % 8)
                #expect(Self.refuses(bad, key, folder), "byte \(index)")
            }
        }
    }

    @Test func `cut, made longer, or with chunks swapped, dropped or repeated: refused`() throws {
        try withFolder { folder in
            let key = try ImportKey(making: folder + "/key")
            let line = Data(repeating: UInt8(ascii: "x"), count: ExportSuite.chunk)
            try Self.write([line, line], to: key.recipient, folder + "/export")
            let good = try Data(contentsOf: URL(fileURLWithPath: folder + "/export"))
            let header = try ExportReader(reading: folder + "/export", with: key).header.bytes
            let length = 5 + line.count + 1 + ExportSuite.overhead
            let (first, second) = (
                good.dropFirst(header.count).prefix(length), good.dropFirst(header.count + length).prefix(length)
            )
            let last = good.dropFirst(header.count + 2 * length)
            let whole = [header, first, second, last].reduce(Data(), +)
            #expect(whole == good, "the layout is what this test takes it for")
            let parts: [[Data]] = [
                [], [header], [header, first], [header, first, second], [good.dropLast(1)], [good, Data([0])],
                [header, second, first, last], [header, first, last], [header, first, first, second, last],
                [header, last],
            ]
            let bad = parts.map { $0.reduce(Data(), +) }
            for (index, bytes) in bad.enumerated() { #expect(Self.refuses(bytes, key, folder), "case \(index)") }
        }
    }

    @Test func `another key opens nothing, and no file is written over`() throws {
        try withFolder { folder in
            let (key, other) = (try ImportKey(making: folder + "/key"), try ImportKey(making: folder + "/other"))
            try Self.write([Data("one".utf8)], to: key.recipient, folder + "/export")
            let wrong = #expect(throws: SecretsError.self) {
                try ExportReader(reading: folder + "/export", with: other)
            }
            #expect(wrong?.code == .wrongKey)
            let taken = #expect(throws: SecretsError.self) {
                try Self.write([], to: other.recipient, folder + "/export")
            }
            #expect(taken?.code == .backupName)
            #expect(try Self.read(folder + "/export", key) == [Data("one".utf8)])
            let again = #expect(throws: SecretsError.self) { try ImportKey(making: folder + "/key") }
            #expect(again?.code == .keyFile)
            #expect(try ImportKey(reading: folder + "/key").recipient == key.recipient)
        }
    }

    @Test func `a public key that was mistyped is none`() throws {
        try withFolder { folder in
            let recipient = try ImportKey(making: folder + "/key").recipient
            let text = recipient.description
            #expect(ExportRecipient(text) == recipient)
            for index in text.indices {
                var wrong = Array(text)
                let at = text.distance(from: text.startIndex, to: index)
                wrong[at] = wrong[at] == "A" ? "B" : "A"
                #expect(ExportRecipient(String(wrong)) == nil, "\(at)")
            }
            for wrong in ["", "tmx1_", text + "A", String(text.dropLast()), text.uppercased(), " " + text] {
                #expect(ExportRecipient(wrong) == nil)
            }
        }
    }

    // MARK: Helpers

    private static func write(_ lines: [Data], to recipient: ExportRecipient, _ path: String) throws {
        var writer = try ExportWriter(
            to: recipient, from: "store_1", at: Timestamp(milliseconds: 1_800_000_000_000), into: path)
        for line in lines { try writer.add(line) }
        try writer.finish()
    }

    private static func read(_ path: String, _ key: ImportKey) throws -> [Data] {
        var reader = try ExportReader(reading: path, with: key)
        var lines: [Data] = []
        while let more = try reader.next() { lines += more }
        return lines
    }

    private static func refuses(_ bytes: Data, _ key: ImportKey, _ folder: String) -> Bool {
        let path = folder + "/bad"
        do {
            try bytes.write(to: URL(fileURLWithPath: path))
            _ = try read(path, key)
            return false
        } catch let error as SecretsError {
            return error.code == .refused || error.code == .wrongKey
        } catch {
            return false
        }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "export-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }
}
