import Dispatch
import Foundation
import Settings
import Synchronization
import Testing

@testable import TokenManager

/// Whoever logs waits for no reader.
@Suite struct LogOutputTests {
    @Test
    func `10,000 lines into a pipe that nobody reads return; then all that fitted are there, and the loss is told`()
        throws
    {
        let pipe = try StalledPipe()
        for number in 0..<10_000 { pipe.output.write(Self.line(number)) }
        let early = try pipe.read { $0.hasSuffix(" lost\n") }
        let kept = early.count - 1
        #expect(kept > 1000 && kept < 10_000)
        #expect(early == (0..<kept).map { Self.line($0) } + ["\(10_000 - kept) lost\n"])
        pipe.output.write("after\n")
        #expect(try pipe.read { $0 == "after\n" } == ["after\n"])
    }

    @Test func `lines that come after a loss stand behind the line that tells of it`() throws {
        let pipe = try StalledPipe()
        for number in 0..<10_000 { pipe.output.write(Self.line(number)) }
        // Who has read this many has made room for half of what may wait.
        var lines = try pipe.read { $0 == Self.line(3000) }
        pipe.output.write("after\n")
        lines += try pipe.read { $0 == "after\n" }
        #expect(lines.filter { $0.hasSuffix(" lost\n") }.count == 1)
        #expect(lines.dropLast().last == "\(10_002 - lines.count) lost\n")
        #expect(Array(lines.dropLast(2)) == (0..<lines.count - 2).map { Self.line($0) })
    }

    @Test func `a line that is longer than the pipe arrives whole, between those beside it`() throws {
        let pipe = try StalledPipe()
        let long = String(repeating: "x", count: 300_000) + "\n"
        for line in ["first\n", long, "last\n"] { pipe.output.write(line) }
        #expect(try pipe.read { $0 == "last\n" } == ["first\n", long, "last\n"])
    }

    @Test func `somebody else's O_NONBLOCK loses nothing that fits`() throws {
        let pipe = try StalledPipe(flags: O_NONBLOCK)
        for number in 0..<2000 { pipe.output.write(Self.line(number)) }
        #expect(try pipe.read { $0 == Self.line(1999) } == (0..<2000).map { Self.line($0) })
    }

    @Test func `a reader that has left holds nobody up`() throws {
        let pipe = try StalledPipe()
        for number in 0..<2000 { pipe.output.write(Self.line(number)) }
        pipe.closeReader()
        pipe.output.finish(until: .distantFuture)
        for number in 0..<2000 { pipe.output.write(Self.line(number)) }
        pipe.output.finish(until: .distantFuture)
        #expect(pipe.told > 2000, "each one counts")
    }

    @Test func `what is pending at the end gets some time, and no more`() throws {
        let pipe = try StalledPipe()
        for number in 0..<2000 { pipe.output.write(Self.line(number)) }
        let began = ContinuousClock.now
        pipe.output.finish(until: .now() + .milliseconds(50))
        #expect(ContinuousClock.now - began >= .milliseconds(50))
        #expect(try pipe.read { $0 == Self.line(1999) }.count == 2000)
        pipe.output.finish(until: .distantFuture)
    }

    @Test func `a command's own output is never lost`() async throws {
        let pipe = try StalledPipe()
        let printing = Task.detached { for number in 0..<10_000 { pipe.output.print(Self.line(number)) } }
        #expect(try pipe.read { $0 == Self.line(9999) }.count == 10_000)
        await printing.value
    }

    @Test func `the line that tells of a loss is one of the log's, and a warning`() throws {
        let style = LogStyle(.init(subsystem: "tm", level: .error, format: .json, logsHTTPRequests: true))
        let line = style.loss(17)
        #expect(line.hasSuffix("}\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["level"] as? String == "warning" && object["subsystem"] as? String == "tm")
        #expect(object["lost"] as? Int == 17)
        let text = LogStyle(.init(subsystem: "tm", level: .error, format: .text, logsHTTPRequests: true))
        #expect(text.loss(17).hasSuffix(" lost=17\n"))
    }

    /// About as long as lines of a log are.
    private static func line(_ number: Int) -> String { "\(number) " + String(repeating: "x", count: 220) + "\n" }
}

/// A pipe that is read when the test says so.
private final class StalledPipe: Sendable {
    let output: LogOutput
    private let reader: Int32
    private let writer: Int32
    private let rest = Mutex<[UInt8]>([])
    private let isClosed = Mutex(false)
    private let most = Count()

    private final class Count: Sendable { let count = Mutex(0) }

    init(flags: Int32 = 0) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0, fcntl(ends[1], F_SETFL, flags) == 0 else { throw Failure("no pipe") }
        (reader, writer) = (ends[0], ends[1])
        signal(SIGPIPE, SIG_IGN)
        let most = most
        output = LogOutput(descriptor: writer) { lost in
            most.count.withLock { $0 = max($0, lost) }
            return "\(lost) lost\n"
        }
    }

    /// The most that was said to be lost.
    var told: Int { most.count.withLock { $0 } }

    deinit {
        closeReader()
        // The output's thread may still write.
        output.finish(until: .distantFuture)
        close(writer)
    }

    func closeReader() {
        isClosed.withLock { isClosed in
            if !isClosed { close(reader) }
            isClosed = true
        }
    }

    /// The next lines, up to one that is looked for.
    func read(until isLast: (String) -> Bool) throws -> [String] {
        var lines: [String] = []
        while lines.last.map(isLast) != true { lines.append(try line()) }
        return lines
    }

    private func line() throws -> String {
        try rest.withLock { rest in
            while true {
                if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { rest.removeSubrange(...end) }
                    return String(decoding: rest[...end], as: UTF8.self)
                }
                rest += try more()
            }
        }
    }

    private func more() throws -> [UInt8] {
        var file = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        guard poll(&file, 1, 20_000) == 1 else { throw Failure("nothing more comes") }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = Foundation.read(reader, &buffer, buffer.count)
        guard count > 0 else { throw Failure("the pipe has ended") }
        return Array(buffer.prefix(count))
    }
}

private struct Failure: Error {
    let text: String
    init(_ text: String) { self.text = text }
}
