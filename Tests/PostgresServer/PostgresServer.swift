import Foundation
import Glibc

/// A real PostgreSQL of the tests' own, on a private port of loopback and in a folder of its own. It ends when the value
/// goes, and when the test process is gone, however that ended.
package final class PostgresServer: @unchecked Sendable {
    /// Beside the data: sockets, certificates, the server's log.
    package let folder: String
    package let port: Int
    /// Guards `guardian`: used by one test at a time.
    private let lock = NSLock()
    private var guardian: Guardian?

    /// The one of this process, for tests that leave it running.
    package static let shared: PostgresServer = {
        do { return try PostgresServer() } catch { fatalError("PostgreSQL does not start: \(error)") }
    }()

    /// Makes a cluster and starts it.
    /// - Parameter settings: Lines of `postgresql.conf`.
    package init(settings: [String] = []) throws {
        // Short: the path of a socket has room for 107 bytes.
        folder = Self.place + "/token-manager-pg-" + UUID().uuidString.prefix(8)
        port = try Self.freePort()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try Self.run(["/bin/chown", Self.user, folder], asRoot: true)
        try Self.run([
            Self.program("initdb"), "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync", "--no-instructions",
        ])
        let lines = [
            "listen_addresses = '127.0.0.1'", "port = \(port)", "unix_socket_directories = '\(folder)'",
            "max_connections = 200", "shared_buffers = 32MB", "max_wal_size = 128MB", "logging_collector = off",
        ]
        try append(lines + settings, to: "postgresql.conf")
        try start()
    }

    /// In memory where there is room: no test cuts the power, and each commit would wait for the disk.
    private static var place: String {
        var space = statvfs()
        let isRoomy = statvfs("/dev/shm", &space) == 0 && space.f_bavail * UInt(space.f_frsize) > 2 << 30
        return isRoomy ? "/dev/shm" : "/tmp"
    }

    deinit {
        if guardian != nil { try? stopImmediately() }
        _ = try? Self.run(["/bin/rm", "-rf", folder], asRoot: true)
    }

    package var data: String { folder + "/data" }

    /// Adds lines to one of the cluster's configuration files.
    package func append(_ lines: [String], to file: String) throws {
        let text = lines.map { $0 + "\n" }.joined()
        try Self.run(["/bin/sh", "-c", "cat >> '\(data)/\(file)' <<'END'\n\(text)END"])
    }

    /// Starts it and waits until it takes connections.
    package func start() throws {
        try lock.withLock {
            guard guardian == nil else { return }
            guardian = try Guardian(
                Self.asUser([Self.program("postgres"), "-D", data]), log: folder + "/server.log", folder: folder)
        }
        let deadline = Date(timeIntervalSinceNow: 60)
        while (try? sql("SELECT 1")) == nil {
            guard Date() < deadline else {
                throw Failure(
                    "no connection: " + ((try? String(contentsOfFile: folder + "/server.log", encoding: .utf8)) ?? ""))
            }
            usleep(20_000)
        }
    }

    /// Ends it at once, as a power cut would for what is not on the disk.
    package func stopImmediately() throws {
        try Self.run([Self.program("pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"])
        lock.withLock {
            guardian?.wait()
            guardian = nil
        }
    }

    /// Runs statements as the superuser; gives what they print, a line a row, fields parted by `|`.
    @discardableResult
    package func sql(
        _ text: String, database: String = "postgres", user: String = "postgres", port: Int? = nil
    ) throws -> String {
        try Self.run(
            [
                Self.program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h",
                port == nil ? folder : "127.0.0.1", "-p",
                "\(port ?? self.port)",
                // Not even a standby that does not come keeps these waiting.
                "-d", "dbname=\(database) user=\(user)\(port == nil ? " options='-c synchronous_commit=local'" : "")",
                "-c", text,
            ], asRoot: true)
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }
}

// MARK: Programs

extension PostgresServer {
    /// PostgreSQL refuses root; Debian's package makes a user.
    private static let user = geteuid() == 0 ? "postgres" : "\(geteuid())"

    static func asUser(_ command: [String]) -> [String] {
        geteuid() == 0
            ? ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--init-groups", "--"] + command : command
    }

    /// The newest that is installed: Debian keeps them off PATH.
    package static func program(_ name: String) -> String {
        let versions = "/usr/lib/postgresql"
        let all = ((try? FileManager.default.contentsOfDirectory(atPath: versions)) ?? []).compactMap(Int.init).sorted()
        return all.last.map { "\(versions)/\($0)/bin/\(name)" } ?? "/usr/bin/\(name)"
    }

    /// Runs a program to its end.
    /// - Throws: with what it printed, when it fails.
    @discardableResult
    package static func run(_ command: [String], asRoot: Bool = false) throws -> String {
        let command = asRoot ? command : asUser(command)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        // A file: a pipe's end could pass to a server that is started at the same time, and never be closed.
        let path = NSTemporaryDirectory() + "/token-manager-output-" + UUID().uuidString
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let output = FileHandle(forWritingAtPath: path)
        (process.standardOutput, process.standardError) = (output, output)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try output?.close()
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        guard process.terminationStatus == 0 else { throw Failure("\(command.joined(separator: " ")): \(text)") }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// One that nobody has, below the range from which the system takes the ports of outgoing connections.
    package static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 20_000...30_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if bound == 0 { return port }
        }
        throw Failure("no port is free")
    }
}

/// A shell that starts a program and ends it when this process is gone.
final class Guardian: @unchecked Sendable {
    private let process = Process()

    /// No `wait`: it needs a signal that children of this process inherit blocked.
    private static let script = #"""
        log=$1; parent=$2; folder=$3; shift 3
        "$@" >>"$log" 2>&1 &
        child=$!
        while kill -0 "$parent" 2>/dev/null && kill -0 $child 2>/dev/null; do sleep 0.1; done
        kill -INT $child 2>/dev/null
        for _ in $(seq 50); do kill -0 $child 2>/dev/null || break; sleep 0.1; done
        kill -KILL $child 2>/dev/null
        kill -0 "$parent" 2>/dev/null || rm -rf "$folder"
        """#

    /// - Parameter folder: Goes when this process is gone.
    init(_ command: [String], log: String, folder: String) throws {
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script, "sh", log, "\(getpid())", folder] + command
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Waits until the program has ended. (A signal to the shell would not arrive: children inherit blocked ones.)
    func wait() { process.waitUntilExit() }
}
