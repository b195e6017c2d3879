import API
import Foundation
import Logging
import Settings
import Testing

@testable import TokenManager

@Suite struct LogTests {
    @Test func `a JSON line has the fields of DESIGN §7 in their order, then the others`() throws {
        let lines = try logged(.json) { logger in
            logger.info(
                "a \"quoted\"\nline",
                metadata: [
                    "zebra": "z", "code": "internal", "generation": "7", "duration_ms": "1.5", "connection": "con_1",
                    "attempts": .stringConvertible(3), "list": ["a", "b"], "map": ["k": "v"], "level": "taken",
                ])
        }
        let line = try #require(lines.first)
        let order = [
            "time", "level", "message", "subsystem", "connection", "generation", "duration_ms", "code", "attempts",
            "level_",
            "list", "map", "zebra", "logger",
        ]
        var rest = Substring(line)
        for name in order {
            let found = try #require(rest.range(of: "\"\(name)\":"), "\(name) in \(line)")
            rest = rest[found.upperBound...]
        }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object.count == order.count)
        #expect(object["message"] as? String == "a \"quoted\"\nline")
        #expect(object["subsystem"] as? String == "tm")
        #expect(object["generation"] as? Int == 7)
        #expect(object["duration_ms"] as? Double == 1.5)
        #expect(object["attempts"] as? Int == 3)
        #expect(object["list"] as? [String] == ["a", "b"])
        #expect((object["time"] as? String)?.hasSuffix("Z") == true)
    }

    @Test func `SECURITY 56: neither message nor fields nor errors show a token, at any level`() throws {
        struct Leak: Error {}
        for format in [HostSettings.LogSettings.Format.json, .text] {
            let lines = try logged(format) { logger in
                var logger = logger
                logger[metadataKey: "own"] = "sandbox_rt_0123456789"
                logger.trace(
                    "got sandbox_at_0123456789",
                    metadata: [
                        "a": ["b": "Bearer 0123456789"], "c": .stringConvertible(Holder()),
                        "d": ["eyJ0123456789012345"],
                    ])
            }
            #expect(lines.count == 1)
            #expect(!lines.joined().contains("0123456789"))
        }
    }

    @Test func `a text line is one line`() throws {
        let lines = try logged(.text) { $0.warning("two\nlines", metadata: ["org": "o"]) }
        #expect(lines.count == 1)
        #expect(lines.first?.hasSuffix("warning [test] two\\u000alines org=\"o\"") == true)
    }

    @Test func `lines below the level are not written`() throws {
        let lines = try logged(.json, level: .warning) { logger in
            logger.info("no")
            logger.warning("yes")
        }
        #expect(lines.count == 1)
    }

    @Test func `a logger that there is follows the style, but for a level that is its own`() throws {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor) { "\($0) lost\n" }
        let style = LiveLogStyle(
            LogStyle(.init(subsystem: "first", level: .info, format: .json, logsHTTPRequests: true)))
        let logger = Logger(label: "test") { HostLogHandler(label: $0, style: style, output: output) }
        var own = logger
        own.logLevel = .debug
        logger.debug("hidden")
        logger.info("first")
        style.change(to: LogStyle(.init(subsystem: "second", level: .error, format: .text, logsHTTPRequests: true)))
        #expect(logger.logLevel == .error && own.logLevel == .debug)
        logger.warning("hidden")
        own.debug("second")
        try pipe.fileHandleForWriting.close()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.contains(#""message":"first","subsystem":"first""#) == true)
        #expect(lines.last?.hasSuffix("debug [test] second") == true)
    }

    @Test func `SECURITY 56: the line of a request is byte for byte what a logger would write`() throws {
        var line = RequestLine(
            requestID: "req_1", method: "GET", route: "/api/v1/connections/{id}/token", status: 200, took: .zero)
        var lines = [line]
        line.traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
        (line.organization, line.caller) = ("o \"1\"\n", "service:eyJ0123456789012345")
        (line.connector, line.connection, line.code) = ("google", "ya29.0123456789", "not_found")
        line.generation = 4_294_967_297
        line.requestID = "sandbox_at_0123456789"
        for took in [1, 999, 1000, 1049, 120_000, 1_234_567, 90_000_000] {
            line.took = .microseconds(took) + .nanoseconds(400)
            lines.append(line)
        }
        let style = LogStyle(.init(subsystem: "tm", level: .info, format: .json, logsHTTPRequests: true))
        let now = Date(timeIntervalSince1970: 1_700_000_000.25)
        let expected = lines.map { line in
            LogLine(
                time: now, level: .info, message: "request", subsystem: "tm", label: "test", fields: line.metadata
            ).json
        }
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor) { "\($0) lost\n" }
        let made = DirectRequestLog(style: style, label: "test", output: output, now: { now })
        let log = try #require(made)
        for line in lines { log.write(line) }
        try pipe.fileHandleForWriting.close()
        let written = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(written == expected.joined())
        #expect(!written.contains("0123456789") && written.contains("‹redacted›"))
    }

    private struct Holder: CustomStringConvertible, Sendable {
        var description: String { "ya29.0123456789" }
    }

    /// What a body logs, line by line.
    private func logged(
        _ format: HostSettings.LogSettings.Format, level: HostSettings.LogSettings.Level = .trace,
        _ body: (Logger) -> Void
    ) throws -> [String] {
        let pipe = Pipe()
        let style = LogStyle(.init(subsystem: "tm", level: level, format: format, logsHTTPRequests: true))
        let output = LogOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor) { "\($0) lost\n" }
        body(Logger(label: "test") { HostLogHandler(label: $0, style: style, output: output) })
        try pipe.fileHandleForWriting.close()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
