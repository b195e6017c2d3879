import CLinux
import CPQ
import Glibc
import StoreContract

/// One connection to the server, in libpq's pipeline mode: several statements go out together and cost one round trip.
///
/// Used by one thread at a time, its pool's or the one that opens the store.
final class Link {
    private let raw: OpaquePointer
    /// Statements are prepared once under a name; else each goes out unnamed, as a pooler needs it.
    private let names: Bool
    private var prepared: [String: String] = [:]
    /// Round trips so far.
    private(set) var flights = 0
    /// Written by libpq's notice receiver.
    private let warned = UnsafeMutablePointer<CInt>.allocate(capacity: 1)

    /// - Throws: `StoreError`: `unavailable` with libpq's own text, which holds no password.
    init(to place: PostgresURL) throws {
        let options = place.options.sorted { $0.key < $1.key }
        guard let opened = Self.connect(options.map(\.key), options.map(\.value)) else {
            throw StoreError(.unavailable, "there is no memory for a connection to PostgreSQL")
        }
        raw = opened
        names = place.preparesByName
        warned.pointee = 0
        guard PQstatus(opened) == CONNECTION_OK else {
            throw StoreError(.unavailable, "\(place): \(Self.text(PQerrorMessage(opened)))")
        }
        // Asked of the connection itself: PGHOSTADDR could have led it elsewhere.
        guard PQsslInUse(opened) == 1 || Self.isLoopback(Self.text(PQhostaddr(opened), "")) else {
            throw StoreError(.unavailable, "\(place): the connection is not encrypted; use sslmode=verify-full")
        }
        PQsetNoticeReceiver(opened, tm_pq_note_warning, warned)
        guard PQenterPipelineMode(opened) == 1 else {
            throw StoreError(.unavailable, "\(place): \(Self.text(PQerrorMessage(opened)))")
        }
    }

    deinit {
        PQfinish(raw)
        warned.deallocate()
    }

    /// Whether the last flight brought a warning of the server.
    var hasWarned: Bool { warned.pointee != 0 }

    /// Whether the server hung up meanwhile. What is sent then might be lost with COMMIT in it, and nobody would know what
    /// became of it.
    var isStale: Bool {
        // It may say something first, such as why.
        for _ in 0..<4 {
            var socket = pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
            guard poll(&socket, 1, 0) != 0 else { return false }
            guard PQconsumeInput(raw) == 1 else { return true }
        }
        return true
    }

    var serverVersion: Int { Int(PQserverVersion(raw)) }

    /// Sends statements together and gives their answers. After a refused one those behind it were not run.
    /// - Parameter patience: How long the server may be silent.
    func fly(_ statements: [Statement], patience: Duration = .seconds(60)) throws(LinkFailure) -> [Rows] {
        warned.pointee = 0
        flights += 1
        let fresh = try send(statements)
        var answers: [Rows] = []
        var refusal: ServerError?
        for (statement, name) in zip(statements, fresh) {
            if let name, try take(patience, &refusal) != nil { prepared[statement.sql] = name }
            if let rows = try take(patience, &refusal) { answers.append(rows) }
        }
        try takeSync(patience)
        if let refusal { throw .refused(refusal, at: answers.count) }
        return answers
    }

    // MARK: Sending

    /// - Returns: the names under which statements are prepared on the way; nil for those that are not.
    private func send(_ statements: [Statement]) throws(LinkFailure) -> [String?] {
        var fresh: [String: String] = [:]
        var names: [String?] = []
        for statement in statements {
            names.append(try send(statement, &fresh))
        }
        guard PQpipelineSync(raw) == 1 else { throw lost() }
        return names
    }

    private func send(_ statement: Statement, _ fresh: inout [String: String]) throws(LinkFailure) -> String? {
        let values = WireValues(statement.arguments)
        guard names else {
            let sent = values.lend { PQsendQueryParams(raw, statement.sql, $0, nil, $1, $2, $3, 1) }
            guard sent == 1 else { throw lost() }
            return nil
        }
        var new: String?
        if prepared[statement.sql] == nil, fresh[statement.sql] == nil {
            let name = "tm\(prepared.count + fresh.count)"
            guard PQsendPrepare(raw, name, statement.sql, 0, nil) == 1 else { throw lost() }
            fresh[statement.sql] = name
            new = name
        }
        let name = prepared[statement.sql] ?? fresh[statement.sql] ?? ""
        let sent = values.lend { PQsendQueryPrepared(raw, name, $0, $1, $2, $3, 1) }
        guard sent == 1 else { throw lost() }
        return new
    }

    // MARK: Receiving

    /// The answer to the next statement; nil when it was refused or not run.
    private func take(_ patience: Duration, _ refusal: inout ServerError?) throws(LinkFailure) -> Rows? {
        let result = try next(patience)
        defer { if result != nil { _ = PQgetResult(raw) } }
        guard let result else { throw lost() }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK: return Rows(result)
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            return nil
        default:
            defer { PQclear(result) }
            let error = ServerError(result)
            // The server ends the connection: what it had in hand is uncertain.
            guard PQstatus(raw) == CONNECTION_OK, !error.endsConnection else { throw lost(error) }
            if refusal == nil { refusal = error }
            return nil
        }
    }

    private func takeSync(_ patience: Duration) throws(LinkFailure) {
        guard let result = try next(patience) else { throw lost() }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw lost() }
    }

    /// Waits for the next result without blocking in libpq, which knows no time limit.
    private func next(_ patience: Duration) throws(LinkFailure) -> OpaquePointer? {
        let deadline = tm_boottime_nanoseconds() + patience.components.seconds * 1_000_000_000
        while PQisBusy(raw) == 1 {
            let left = (deadline - tm_boottime_nanoseconds()) / 1_000_000
            guard left > 0 else { throw .lost("PostgreSQL did not answer within \(patience)") }
            var socket = pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
            _ = poll(&socket, 1, CInt(clamping: min(left, 1000)))
            guard PQconsumeInput(raw) == 1 else { throw lost() }
        }
        return PQgetResult(raw)
    }

    private func lost(_ error: ServerError? = nil) -> LinkFailure {
        let reason = error.map { "\($0.state): \($0.message)" } ?? Self.text(PQerrorMessage(raw))
        return .lost("the connection to PostgreSQL is lost: \(reason)", isUndone: error?.endsIdleTransaction == true)
    }

    private static func text(_ message: UnsafePointer<CChar>?, _ none: String = "no reason given") -> String {
        let lines = message.map { String(cString: $0) }?.split(separator: "\n") ?? []
        return lines.isEmpty ? none : lines.joined(separator: "; ")
    }

    /// A Unix socket has no address.
    private static func isLoopback(_ address: String) -> Bool {
        address.isEmpty || address == "::1" || address.hasPrefix("127.")
    }

    private static func connect(_ keys: [String], _ values: [String]) -> OpaquePointer? {
        let (keys, values) = (keys.map { strdup($0) }, values.map { strdup($0) })
        defer { for text in keys + values { free(text) } }
        let list = keys.map { UnsafePointer($0) } + [nil]
        return PQconnectdbParams(list, values.map { UnsafePointer($0) } + [nil], 0)
    }
}
