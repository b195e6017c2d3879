package import Foundation
import Glibc
import Synchronization

/// A program started by a test, ended by its pid. Foundation's `Process` starts children with SIGTERM blocked, which a
/// graceful shutdown needs; hence `posix_spawn`.
package final class ChildProcess: Sendable {
    package let pid: pid_t
    /// Where its standard output and error go.
    package let log: URL
    private let status = Mutex<Int32?>(nil)

    /// Starts a program with exactly this environment.
    package init(_ program: URL, _ arguments: [String], environment: [String: String], log: URL) throws {
        self.log = log
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let words = ([program.path] + arguments).map { strdup($0) } + [nil]
        let pairs = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + pairs).forEach { free($0) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program.path, &actions, &attributes, words, pairs)
        guard result == 0 else {
            throw Failure("\(program.path) cannot be started: \(String(cString: strerror(result)))")
        }
        self.pid = pid
    }

    deinit { if end == nil { kill(SIGKILL) } }

    /// How it ended; nil while it runs.
    package var end: Int32? {
        status.withLock { known in
            if let known { return known }
            var found: Int32 = 0
            if waitpid(pid, &found, WNOHANG) == pid { known = found }
            return known
        }
    }

    /// Whether it was ended by SIGKILL, its own or ours.
    package var wasKilled: Bool { end.map { $0 & 0x7f == SIGKILL } ?? false }

    /// Its exit code, if it exited.
    package var exitCode: Int32? { end.flatMap { $0 & 0x7f == 0 ? ($0 >> 8) & 0xff : nil } }

    /// Sends a signal; not to one that has ended, whose pid may be another's by now.
    package func kill(_ signal: Int32) {
        if end == nil { _ = Glibc.kill(pid, signal) }
    }

    /// Waits until it has ended.
    package func waitForEnd(within limit: Duration = .seconds(30)) async throws {
        try await eventually("process \(pid) ends", within: limit) { self.end != nil }
    }
}

/// Something a test needs is not as it must be.
package struct Failure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Polls a condition until it holds; one that costs more than a look is asked less often.
/// - Throws: `Failure` naming what did not come.
package func eventually(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(20), every pause: Duration = .milliseconds(5),
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else { throw Failure("not within \(limit): \(what())") }
        try await Task.sleep(for: pause)
    }
}
