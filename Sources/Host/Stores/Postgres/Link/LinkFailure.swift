import CPQ
import StoreContract

/// Why a flight of statements did not end well.
enum LinkFailure: Error {
    /// The server refused the statement at that place; the transaction is doomed, the connection is well.
    case refused(ServerError, at: Int)
    /// The connection is gone: what was on its way may have been done or not, unless it is known to be undone.
    case lost(String, isUndone: Bool = false)
}

/// An error as the server reports it.
struct ServerError {
    /// SQLSTATE (https://www.postgresql.org/docs/15/errcodes-appendix.html).
    let state: String
    let message: String
    let constraint: String
    /// Whether the server hangs up after it.
    let endsConnection: Bool

    init(_ result: OpaquePointer) {
        func field(_ code: CInt) -> String { PQresultErrorField(result, code).map { String(cString: $0) } ?? "" }
        state = field(tm_pq_state)
        message = field(tm_pq_message)
        constraint = field(tm_pq_constraint)
        endsConnection = ["FATAL", "PANIC"].contains(field(tm_pq_severity))
    }

    /// The transaction was ended before what follows in it came: its host had paused too long.
    var endsIdleTransaction: Bool { endsConnection && state == "25P03" }

    /// Serialization failure, deadlock: the same transaction may succeed when it is run again.
    var mayBeRepeated: Bool { state == "40001" || state == "40P01" }

    /// `requiringOneRow` found none.
    var foundNoRow: Bool { state == "22012" }

    /// The contract's words. Messages of data errors may hold values: they are left out.
    var storeError: StoreError {
        let holdsValues = state.hasPrefix("22") || state.hasPrefix("23")
        let text = "PostgreSQL \(state)" + (holdsValues ? "" : ": \(message)")
        switch state {
        case "23505":
            if let rule = Schema.rules[constraint] { return .conflict(rule) }
            return StoreError(.conflict, "\(text): \(constraint)")
        case "23503": return StoreError(.missing, "\(text): \(constraint)")
        case "XX001", "XX002": return StoreError(.corrupt, text)
        case "42501":
            return StoreError(
                .incompatible, "\(text); run `token-manager store migrate` with STORE_MIGRATION_URL, which grants it")
        default: return StoreError(.unavailable, text)
        }
    }
}

extension LinkFailure {
    /// The same in the contract's words, where nothing was committed for certain.
    var storeError: StoreError {
        switch self {
        case .refused(let error, _): error.storeError
        case .lost(let reason, _): StoreError(.unavailable, reason)
        }
    }
}
