import Foundation
import GRDB
import PostgresServer
import TestSupport

/// What a host has written, read past it: its store, on SQLite or PostgreSQL, and the files beside it.
struct HostFiles {
    let folder: URL

    /// Attempts whose end nobody has written down.
    func openAttempts() throws -> Int {
        try number("SELECT count(*) FROM attempt WHERE state IN ('intent', 'sent')")
            + number("SELECT count(*) FROM line WHERE open_attempt IS NOT NULL")
    }

    /// Rows of a table that speak of a connection.
    func rows(of connection: String) throws -> Int {
        let count = "SELECT count(*) FROM"
        return try number("\(count) connection WHERE id = ?", [connection])
            + ["line", "attempt", "version", "flow"].map {
                try number("\(count) \($0) WHERE connection = ?", [connection])
            }
            .reduce(0, +)
    }

    /// How many of a connection's authorizations have ended.
    func endedFlows(of connection: String) throws -> Int {
        try number("SELECT count(*) FROM flow WHERE connection = ? AND result IS NOT NULL", [connection])
    }

    /// How many of a connection's authorizations have not.
    func openFlows(of connection: String) throws -> Int {
        try number("SELECT count(*) FROM flow WHERE connection = ? AND result IS NULL", [connection])
    }

    /// How many of a connection's answers wait for their turn.
    func candidates(of connection: String) throws -> Int {
        try number("SELECT count(*) FROM version WHERE connection = ? AND status = 'candidate'", [connection])
    }

    /// How many seconds it is until a connection's device authorization is polled.
    func untilPoll(of connection: String) throws -> Int {
        try number("SELECT max(poll_at) / 1000 - unixepoch() FROM flow WHERE connection = ?", [connection])
    }

    /// Changes the store of a stopped host, for times that no test can wait for; of a running one, behind its back.
    func change(_ sql: String) throws {
        if let shared {
            _ = try shared.rows(sql)
            return
        }
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try database.write { try $0.execute(sql: sql) }
        try database.close()
    }

    /// Answers that wait in the spool; drafts that are only prepared are blank.
    func spoolEntries() throws -> [String] {
        let entries = folder.path + "/spool/entries"
        return try FileManager.default.contentsOfDirectory(atPath: entries).filter { name in
            // One may be taken away meanwhile.
            FileManager.default.contents(atPath: entries + "/" + name)?.contains { $0 != 0 } ?? false
        }
    }

    /// Answers that were put aside.
    func kept() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path + "/spool/kept")
    }

    /// Records of the write chain with that action, as text.
    func audit(_ action: String) throws -> [String] {
        let (sql, arguments) = ("SELECT record FROM audit WHERE record LIKE ?", ["%\"\(action)\"%"])
        if let shared { return try shared.rows(sql, arguments) }
        return try reading { try String.fetchAll($0, sql: sql, arguments: StatementArguments(arguments)) }
    }

    /// What only an organization's keys open, and these keys as they are wrapped: nothing of it may outlive its deletion.
    func traces(of organization: String) throws -> [Data] {
        let queries = [
            "SELECT wrapped FROM data_key WHERE organization = ?",
            "SELECT sealed FROM client_secret WHERE organization = ?",
            "SELECT sealed FROM version JOIN connection ON connection.id = version.connection WHERE organization = ?",
        ]
        return try queries.flatMap { try blobs($0, [organization]) }
    }

    /// Files of the host that hold one of these anywhere.
    func files(holding traces: [Data]) throws -> [String] {
        // What is random at their ends is enough to find them by, and sooner found.
        let ends = traces.map { $0.suffix(24) }
        return try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted().filter { name in
            guard let bytes = try? Data(contentsOf: folder.appendingPathComponent(name), options: .mappedIfSafe) else {
                return false
            }
            return ends.contains { bytes.range(of: $0) != nil }
        }
    }

    /// Rows of the organization in every table that names one, but for its end.
    func rows(ofOrganization organization: String) throws -> [String: Int] {
        let tables = [
            "connection", "line", "client", "client_secret", "disabled_connector", "flow", "event", "delivery",
            "data_key",
        ]
        return try tables.reduce(into: [:]) {
            $0[$1] = try number("SELECT count(*) FROM \($1) WHERE organization = ?", [organization])
        }
    }

    private func blobs(_ sql: String, _ arguments: [String]) throws -> [Data] {
        if let shared {
            let texts = try shared.rows(
                "SELECT translate(encode(found.bytes, 'base64'), E'\\n', '') FROM (\(sql)) found (bytes)", arguments)
            return texts.compactMap { Data(base64Encoded: $0) }
        }
        return try reading { try Data.fetchAll($0, sql: sql, arguments: StatementArguments(arguments)) }
    }

    private func number(_ sql: String, _ arguments: [String] = []) throws -> Int {
        if let shared { return try shared.rows(sql, arguments).first.flatMap { Int($0) } ?? 0 }
        return try reading { try Int.fetchOne($0, sql: sql, arguments: StatementArguments(arguments)) ?? 0 }
    }

    private func reading<Value>(_ body: (Database) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? database.close() }
        return try database.read(body)
    }

    private var path: String { folder.path + "/store.db" }
    private var shared: TestDatabase? { TestStore.database(of: folder) }
}

extension TestDatabase {
    /// What a statement of SQLite's tests gives here, a text a row.
    fileprivate func rows(_ statement: String, _ arguments: [String] = []) throws -> [String] {
        var text = statement
        if !arguments.isEmpty {
            // Each `?` in turn; none stands in a text of a statement with arguments.
            let parts = statement.split(separator: "?", omittingEmptySubsequences: false).map(String.init)
            text = parts[0]
            for (argument, part) in zip(arguments, parts.dropFirst()) {
                text += "'\(argument.replacing("'", with: "''"))'\(part)"
            }
        }
        let now = "extract(epoch FROM clock_timestamp())::bigint"
        return try sql("SET search_path = token_manager; " + text.replacing("unixepoch()", with: now))
            .split(separator: "\n").map(String.init)
    }
}
