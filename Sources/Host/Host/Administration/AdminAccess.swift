import CLinux
import ConnectorSDK
import Foundation
import Glibc
import Pipeline
import Settings
import Spool
import StoreContract
import Threads

/// The way to the operations: the door of the host that runs, else the store itself, held as long as the command works.
struct AdminAccess: Sendable {
    let settings: HostSettings
    /// Where those are from: the store's come behind them for a command that works without a host.
    let source: SettingsSource

    /// Where the door of a host with these settings is.
    static func doorPath(database: String) -> String {
        let folder = (database as NSString).deletingLastPathComponent
        return folder.isEmpty ? "admin.sock" : folder + "/admin.sock"
    }

    /// What a database is called at its door: the door is that of its folder.
    static func databaseName(_ database: String) -> String { (database as NSString).lastPathComponent }

    var doorPath: String { Self.doorPath(database: settings.storage.placeOnDisk) }

    /// Asks for an operation; gives progress and items as they come.
    /// - Throws: `StartFailure` with the exit code of what went wrong.
    func perform(
        _ request: AdminRequest, each: @escaping @Sendable (AdminLine) throws -> Void
    ) async throws -> JSONValue {
        let request = addressed(request)
        let answer = AdminAnswer(each: each)
        if try await askHost(request, answer) { return try answer.end() }
        try await performAlone(request, answer)
        return try answer.end()
    }

    /// The same where the host alone is asked; nil: nobody answers at the door, and nothing was done.
    func performAtHost(
        _ request: AdminRequest, each: @escaping @Sendable (AdminLine) throws -> Void
    ) async throws -> JSONValue? {
        let answer = AdminAnswer(each: each)
        return try await askHost(addressed(request), answer) ? try answer.end() : nil
    }

    /// Whether the host of this database answers at the door.
    func isHostThere() async throws -> Bool {
        try await askHost(addressed(AdminRequest(.status)), AdminAnswer { _ in }, patience: 30)
    }

    /// Refuses to take the door from the host of another database: whoever calls holds this one.
    func requireFreeDoor() throws {
        guard let other = try? UnixSocket.connected(to: doorPath) else { return }
        other.close()
        throw StartFailure(
            "\(doorPath) is the door of a host with another database; give each database a folder of its own (STORE_URL)",
            code: .wrongUsage)
    }

    private func addressed(_ request: AdminRequest) -> AdminRequest {
        var request = request
        request.database = Self.databaseName(settings.storage.placeOnDisk)
        return request
    }

    /// - Parameter patience: seconds for each line of the answer; nil: long work has its time.
    /// - Returns: whether the host of this database has answered.
    private func askHost(_ request: AdminRequest, _ answer: AdminAnswer, patience: Int? = nil) async throws -> Bool {
        guard let door = try knock() else { return false }
        defer { door.close() }
        if let patience { door.limit(to: patience) }
        try await WaitingThreads.run { try ask(request, at: door, answer) }
        return !answer.isOfAnotherDatabase
    }

    /// Whoever answers at the door; nil when nobody does.
    private func knock() throws -> UnixSocket? {
        do { return try UnixSocket.connected(to: doorPath) } catch let failure as UnixSocket.Failure {
            // A socket that a dead host left counts as none: whether a host lives, the store's lock says.
            if failure.isAbsence { return nil }
            throw StartFailure("the running host cannot be reached: \(failure)", code: .dependencyUnreachable)
        }
    }

    private func ask(_ request: AdminRequest, at door: UnixSocket, _ answer: AdminAnswer) throws {
        do {
            try door.send(line: request.text)
            var lines = SocketLines(door, longest: 8 << 20)
            while let line = try lines.next() {
                guard let line = AdminLine(reading: line) else {
                    throw StartFailure(
                        "the running host answers in a way that this program does not know; use the one that it runs",
                        code: .wrongUsage)
                }
                if try answer.take(line) { return }
            }
        } catch let failure as UnixSocket.Failure {
            throw StartFailure("the running host went away: \(failure)", code: .dependencyUnreachable)
        }
    }

    private func performAlone(_ request: AdminRequest, _ answer: AdminAnswer) async throws {
        try requireDatabase()
        // A call on the wire is finished, whoever loses patience: its answer may hold the only refresh token (F30).
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        // Keys are in this memory now (SECURITY 29).
        _ = tm_forbid_dumps()
        let opened: HostAssembly.Opened
        do {
            let assembly = HostAssembly(
                settings: settings, source: source, logger: CommandLog.logger, strict: false, acceptsChanges: false)
            opened = try await assembly.open()
        } catch {
            throw failure(error)
        }
        do {
            try await opened.pipeline.recover()
            let operations = AdminOperations(
                administration: opened.administration,
                database: Self.databaseName(settings.storage.placeOnDisk))
            await operations.perform(request.text, by: UnixUser.current) { try answer.take($0) }
        } catch {
            await opened.close()
            throw failure(error)
        }
        await opened.close()
    }

    /// What keeps this process from holding the store.
    func failure(_ error: any Error, _ what: String = "the store cannot be used") -> StartFailure {
        if let failure = error as? StartFailure { return failure }
        let isLocked = (error as? StoreError)?.code == .locked || (error as? SpoolError)?.code == .locked
        let reason =
            isLocked && settings.storage.postgres == nil
            ? "a host or a command that does not answer at \(doorPath) uses it; it may be starting" : "\(error)"
        return StartFailure("\(what): \(reason)", code: .dependencyUnreachable)
    }

    /// Opening would make a database, and as another user one that its host could not open.
    func requireDatabase() throws {
        // On PostgreSQL the spool is what only one user may have made.
        guard settings.storage.postgres == nil else { return try Self.requireOwn(settings.storage.spoolFolder) }
        let path = settings.storage.databasePath
        guard FileManager.default.fileExists(atPath: path) else {
            throw StartFailure(
                "there is no database \(path); set STORE_URL as the host has it", code: .dependencyUnreachable)
        }
        try Self.requireOwn(path)
    }

    /// What another user makes or writes here, the host could not open. Nothing there is fine.
    static func requireOwn(_ path: String) throws {
        guard let file = FileFacts(path, followsLinks: true), !file.isOwn else { return }
        throw StartFailure("\(path) belongs to \(file.owner); run this command as that user", code: .wrongUsage)
    }
}
