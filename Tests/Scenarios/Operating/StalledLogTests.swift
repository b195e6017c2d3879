import Foundation
import TestSupport
import Testing

/// A log that nobody reads holds nothing up.
@Suite(.hosts(1)) struct StalledLogTests {
    @Test("a host whose output is a full pipe starts, serves, refreshes, and ends with exit code 0")
    func stalled() async throws {
        try await Scenario.run("stalled-log") { scenario in
            let host = scenario.host
            let pipe = try FullPipe(at: host.folder.appendingPathComponent("host.log").path)
            defer { pipe.remove() }
            let child = try host.launch()
            try await eventually("the host is ready", within: .seconds(60), every: .milliseconds(20)) {
                if let end = child.end { throw Failure("the host ended (\(end))") }
                return (try? await host.probe.send("GET", host.url + "/ready").status) == 200
            }
            try await scenario.configure()
            let id = try await scenario.connected()
            for _ in 0..<50 { #expect(try await scenario.token(id).status == 200) }
            #expect(try await scenario.refresh(id, ["force": true]).outcome == "refreshed")
            #expect(try await host.probe.send("GET", host.url + "/live").status == 200)
            child.kill(SIGTERM)
            try await child.waitForEnd()
            #expect(child.exitCode == 0, "\(child.end ?? -1)")
            #expect(pipe.isFull, "nobody has read meanwhile")
        }
    }

    @Test("a program without standard descriptors has none of its own files there")
    func closed() async throws {
        let folder = try TestFolders.make("closed-descriptors")
        let child = try ChildProcess(
            URL(fileURLWithPath: "/bin/sh"),
            ["-c", #"exec "$0" sandbox --port 0 <&- >&- 2>&-"#, TestHost.program.path], environment: [:],
            log: folder.appendingPathComponent("log"))
        let files = FileManager.default
        try await eventually("its standard descriptors lead nowhere") {
            if let end = child.end { throw Failure("it ended (\(end))") }
            return (0...2).allSatisfy {
                (try? files.destinationOfSymbolicLink(atPath: "/proc/\(child.pid)/fd/\($0)")) == "/dev/null"
            }
        }
        child.kill(SIGKILL)
        try await child.waitForEnd()
    }
}

/// A named pipe that takes nothing more.
private final class FullPipe: Sendable {
    private let path: String
    private let descriptor: Int32

    init(at path: String) throws {
        self.path = path
        guard mkfifo(path, 0o600) == 0 else { throw Failure("\(path) cannot be made") }
        // Reader and writer in one: so whoever else opens it does not wait.
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(path) cannot be opened") }
        while !isFull {}
    }

    deinit { close(descriptor) }

    /// Whether it takes not even a byte; one that it takes stays in it.
    var isFull: Bool { write(descriptor, "\n", 1) < 0 }

    /// Whoever looks through the folder later would wait for its writer.
    func remove() { unlink(path) }
}
