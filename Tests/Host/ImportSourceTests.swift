import Foundation
import Testing

@testable import TokenManager

/// Files of `connections import` as they come.
@Suite struct ImportSourceTests {
    @Test("lines with their numbers: blank ones count, the last needs no end, one that is too long stops no other")
    func plain() throws {
        let long = String(repeating: "x", count: (1 << 20) + 70_000)
        let lines = try read("one\n\n  \r\ntwo\r\n\(long)\nthree")
        #expect(lines.map(\.number) == [1, 4, 5, 6])
        #expect(lines.map { $0.bytes.map { String(decoding: $0, as: UTF8.self) } } == ["one", "two\r", nil, "three"])
        #expect(try read("").isEmpty && read("\n\n").isEmpty)
        #expect(try read("a\n").map(\.number) == [1])
        #expect(try read(long).map { $0.bytes == nil } == [true], "one line, and it is too long")
    }

    @Test("a file that is not there, and a key for what is not sealed")
    func refused() throws {
        let missing = #expect(throws: AdminProblem.self) { try ImportSource("/nowhere/file", key: nil) }
        #expect(missing?.exit == .wrongUsage)
        let plain = #expect(throws: AdminProblem.self) { try read("one\n", key: "/nowhere/key") }
        #expect(plain?.exit == .wrongUsage && plain?.detail.contains("leave --key out") == true)
        let sealed = #expect(throws: AdminProblem.self) { try read("token-manager export 1\nwhatever") }
        #expect(sealed?.exit == .wrongUsage && sealed?.detail.contains("--key") == true)
    }

    private func read(_ text: String, key: String? = nil) throws -> [ImportSource.Line] {
        let path = NSTemporaryDirectory() + "lines-" + UUID().uuidString
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var source = try ImportSource(path, key: key)
        var lines: [ImportSource.Line] = []
        while let line = try source.next() { lines.append(line) }
        #expect(source.part == 1)
        return lines
    }
}
