import ConnectorSDK
import Foundation
import Glibc
import Logging
import Secrets
import Synchronization
import Testing

@testable import TokenManager

/// What goes over the admin socket.
@Suite struct AdminDoorTests {
    @Test func `a request comes out as it went in`() throws {
        var request = AdminRequest(.verifyConnections, ["id": .string("c \"1\"\n"), "force": .bool(true)])
        #expect(try AdminRequest(reading: request.text).database == nil)
        request.database = "a.db"
        #expect(!request.text.contains("\n"))
        let read = try AdminRequest(reading: request.text)
        #expect(read.operation == .verifyConnections && read.database == "a.db")
        #expect(read.optional("id") == "c \"1\"\n" && read.flag("force") && !read.flag("other"))
        #expect(throws: AdminProblem.self) { try read.required("way") }
    }

    @Test(arguments: [
        (#"{"version":2,"operation":"hosts.list"}"#, "version"), (#"{"operation":"hosts.list"}"#, "version"),
        (#"{"version":1,"operation":"store.erase"}"#, "version"), ("", "malformed"), ("[]", "malformed"),
        ("GET / HTTP/1.1", "malformed"),
    ]) func `another version and anything else is refused clearly`(_ line: String, _ code: String) {
        let problem = #expect(throws: AdminProblem.self) { try AdminRequest(reading: line) }
        #expect(problem?.code == code)
        #expect(problem?.exit == .wrongUsage)
    }

    @Test func `an answer comes out as it went in, and only a result or a problem ends it`() throws {
        let item = JSONValue.object(["id": .string("1")])
        let lines: [AdminLine] = [.progress(0.25), .item(item), .result(.object([:]))]
        let seen = Seen()
        let answer = AdminAnswer { seen.take($0) }
        for line in lines { try answer.take(try #require(AdminLine(reading: line.text))) }
        #expect(seen.texts == lines.prefix(2).map(\.text))
        #expect(try answer.end() == .object([:]))
        let cut = #expect(throws: StartFailure.self) { try AdminAnswer { _ in }.end() }
        #expect(cut?.code == .dependencyUnreachable)
        let refused = AdminAnswer { _ in }
        try refused.take(.problem(AdminProblem("draining", "it drains")))
        #expect(throws: StartFailure.self) { try refused.end() }
        #expect(AdminLine(reading: #"{"other":1}"#) == nil)
    }

    @Test func `problems end commands with the exit codes of the contract`() {
        #expect(AdminProblem("not_found", "").exit == .wrongUsage)
        #expect(AdminProblem("store_unavailable", "").exit == .dependencyUnreachable)
        #expect(AdminProblem("draining", "").exit == .dependencyUnreachable)
        // Another try later: a deletion that runs is not one that is done, and nothing is unreachable.
        #expect(AdminProblem("in_use", "").exit == .checkFailed)
        #expect(AdminProblem("needs_reauthorization", "").exit == .checkFailed)
        // Another user than the host's is the caller's mistake, as it is without a host.
        #expect(AdminProblem("forbidden", "").exit == .wrongUsage)
        #expect(AdminProblem("another_database", "").exit == .wrongUsage)
        #expect(AdminProblem(SecretsError(.backupName, "x")).exit == .wrongUsage)
        #expect(AdminProblem(SecretsError(.backupFile, "x")).exit == .dependencyUnreachable)
    }

    @Test func `the door is beside the database`() {
        #expect(AdminAccess.doorPath(database: "var/token-manager.db") == "var/admin.sock")
        #expect(AdminAccess.doorPath(database: "/data/a.db") == "/data/admin.sock")
        #expect(AdminAccess.doorPath(database: "a.db") == "admin.sock")
        #expect(AdminAccess.databaseName("/data/a.db") == "a.db")
        #expect(AdminAccess.databaseName("a.db") == "a.db")
    }

    @Test func `lines go both ways, the kernel names the peer, and an absent door is told apart`() throws {
        let path = "/tmp/tm-\(UInt32.random(in: 0 ... .max)).sock"
        defer { unlink(path) }
        let absent = #expect(throws: UnixSocket.Failure.self) { try UnixSocket.connected(to: path) }
        #expect(absent?.isAbsence == true)
        let listener = try UnixSocket.listening(at: path)
        let client = try UnixSocket.connected(to: path)
        let server = try #require(listener.accepted())
        #expect(server.peer == geteuid())
        let long = String(repeating: "x", count: 200_000)
        // More than the kernel keeps: somebody has to read meanwhile.
        let writing = Thread {
            try? client.send(line: "one")
            try? client.send(line: long)
            client.close()
        }
        writing.start()
        var lines = SocketLines(server, longest: 300_000)
        #expect(try lines.next() == "one")
        #expect(try lines.next() == long)
        #expect(try lines.next() == nil)
        server.close()
        listener.shutDown()
        #expect(listener.accepted() == nil)
        listener.close()
        // Its file stands, and nobody listens: as a host leaves it that was killed.
        let stale = #expect(throws: UnixSocket.Failure.self) { try UnixSocket.connected(to: path) }
        #expect(stale?.isAbsence == true)
        let next = try UnixSocket.listening(at: path)
        try UnixSocket.connected(to: path).close()
        next.close()
    }

    @Test func `a line without an end is not read for ever`() throws {
        let path = "/tmp/tm-\(UInt32.random(in: 0 ... .max)).sock"
        defer { unlink(path) }
        let listener = try UnixSocket.listening(at: path)
        let client = try UnixSocket.connected(to: path)
        let server = try #require(listener.accepted())
        let writing = Thread { try? client.send(line: String(repeating: "x", count: 1_000_000)) }
        writing.start()
        var lines = SocketLines(server, longest: 1000)
        #expect(throws: UnixSocket.Failure.self) { try lines.next() }
        server.close()
        listener.close()
    }

    @Test func `SECURITY 37: the host's own user comes in by name, and every other one is refused`() async throws {
        for owner in [geteuid(), geteuid() + 1] {
            let path = "/tmp/tm-\(UInt32.random(in: 0 ... .max)).sock"
            let door = AdminDoor(
                path: path, owner: owner, logger: Logger(label: "door") { _ in SwiftLogNoOpLogHandler() }
            ) {
                line, user, emit in try? emit(.result(.string("\(user): \(line)")))
            }
            let running = Task { try await door.run() }
            var connected: UnixSocket?
            while connected == nil {
                connected = try? UnixSocket.connected(to: path)
                await Task.yield()
            }
            let client = try #require(connected)
            try client.send(line: "hello")
            var lines = SocketLines(client, longest: 10_000)
            let answer = try AdminLine(reading: lines.next() ?? "")
            client.close()
            switch answer {
            case .result(let text): #expect(owner == geteuid() && text == .string("\(UnixUser.current): hello"))
            case .problem(let problem): #expect(owner != geteuid() && problem.code == "forbidden")
            default: Issue.record("no answer")
            }
            running.cancel()
            try await running.value
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a cell of a table cannot steer a terminal`() {
        let item = JSONValue.object(["name": .string("a\u{1B}[2J\nb"), "gone": .null, "list": .array([.bool(true)])])
        #expect(item.shown("name") == "a?[2J?b")
        #expect(item.shown("gone") == "-" && item.shown("none") == "-" && item.shown("list") == "[true]")
    }
}

/// Lines in the order in which they came.
private final class Seen: Sendable {
    private let lines = Mutex<[String]>([])
    var texts: [String] { lines.withLock { $0 } }
    func take(_ line: AdminLine) { lines.withLock { $0.append(line.text) } }
}
