import Foundation
import Model
import Secrets
import StoreContract

/// The cursors of one list: opaque to who carries them, and good nowhere else. Numbers would show by their gaps what other
/// organizations do.
struct Cursors: Sendable {
    /// What a cursor is a place in.
    enum List: Sendable {
        /// With its filters: a place among some connections is none among others.
        case connections(ConnectionFilters)
        case connectors
        case timeline(ConnectionID)
        case events

        /// The parameter that takes the cursor.
        var parameter: String {
            switch self {
            case .connections, .connectors, .timeline: "cursor"
            case .events: "after"
            }
        }

        fileprivate var scope: [String] {
            switch self {
            case .connections(let filters): ["connections"] + filters.texts
            case .connectors: ["connectors"]
            case .timeline(let connection): ["timeline", connection.description]
            case .events: ["events"]
            }
        }
    }

    private let list: List
    private let scope: [String]
    private let secret: InstallationSecret

    init(_ list: List, of organization: OrganizationID, _ secret: InstallationSecret) {
        self.list = list
        scope = [organization.description] + list.scope
        self.secret = secret
    }

    /// A place that is a number.
    func text(_ number: Int64) -> String { secret.seal(cursor: Self.bytes(number), of: scope) }

    /// A place among connectors.
    func text(_ id: String) -> String { secret.seal(cursor: Data(id.utf8), of: scope) }

    /// - Throws: `invalid_input` for a cursor that is not this list's.
    func connector(_ text: String) throws(PipelineError) -> String {
        guard let bytes = secret.open(cursor: text, of: scope) else { throw refusal(nil) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A place among connections.
    func text(_ cursor: ConnectionCursor) -> String {
        secret.seal(cursor: Self.bytes(cursor.createdAt.milliseconds) + Data(cursor.id.description.utf8), of: scope)
    }

    /// - Parameter parameter: where it was given, if not in the list's own parameter.
    /// - Throws: `invalid_input` for a cursor that is not this list's.
    func number(_ text: String, from parameter: String? = nil) throws(PipelineError) -> Int64 {
        guard let bytes = secret.open(cursor: text, of: scope), bytes.count == 8 else { throw refusal(parameter) }
        return Self.number(bytes)
    }

    /// - Throws: the same.
    func connection(_ text: String) throws(PipelineError) -> ConnectionCursor {
        guard let bytes = secret.open(cursor: text, of: scope), bytes.count > 8 else { throw refusal(nil) }
        return ConnectionCursor(
            createdAt: Timestamp(milliseconds: Self.number(bytes.prefix(8))),
            id: ConnectionID(String(decoding: bytes.dropFirst(8), as: UTF8.self)))
    }

    private func refusal(_ parameter: String?) -> PipelineError {
        PipelineError.invalid(
            parameter ?? list.parameter, "is none of this list with these filters; begin without it")
    }

    private static func bytes(_ number: Int64) -> Data { withUnsafeBytes(of: number.bigEndian) { Data($0) } }

    private static func number(_ bytes: Data) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }
}
