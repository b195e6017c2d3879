import Model
import RefreshProtocol
import Spool
import StoreContract

/// Whose token goes to which server, where a connection has had more than one grant (docs/decisions/0031).
extension StoreTransaction {
    /// A grant that did not come to its turn: what it brought is revoked at the server that it was made with.
    func remember(
        _ flow: FlowRecord, _ entry: SpoolEntry, _ read: AnswerReader.Read, in connection: inout ConnectionRecord
    ) throws {
        var terms = flow.terms(beside: connection)
        terms.captured.merge(entry.captured) { $1 }
        terms.captured.merge(read.captured) { $1 }
        connection.remember(terms, of: entry.grant, held: try heldLines(of: connection.id))
    }

    /// The lines of a connection with everything that is held of any of its grants.
    func heldLines(of connection: ConnectionID) throws -> [Line] {
        try lines(of: connection).map { line in
            var line = line
            line.versions += try versions(of: line.id).filter(\.isKeptForRevocation)
            return line
        }
    }

    /// A grant has taken the place of others. The last token set of one that was made elsewhere stays for the revoker: its
    /// server does not hear of the new one, and it would be good there for ever.
    /// - Parameters:
    ///   - terms: those of before.
    ///   - before: the connection's lines as they were.
    func replace(
        _ terms: GrantTerms, of before: [Line], by grant: GrantID, in connection: inout ConnectionRecord
    ) throws {
        let isElsewhere = !terms.isSamePlace(as: connection.terms)
        for line in before {
            guard let last = line.current, connection.isElsewhere(last.grant) ?? isElsewhere else { continue }
            try keepForRevocation(last, of: line.id)
        }
        connection.replace(terms, by: grant, held: try heldLines(of: connection.id))
    }

    /// Unless it is the current one still: then its own line goes on with it.
    private func keepForRevocation(_ last: TokenVersion, of id: LineID) throws {
        guard var stored = try line(id) else { return }
        stored.versions = try versions(of: id)
        var line = stored
        for index in line.versions.indices
        where line.versions[index].attempt == last.attempt && line.versions[index].status == .superseded {
            line.versions[index].revocationPending = true
        }
        let kept = line.versions.filter(\.isKeptForRevocation).sorted { $0.fence > $1.fence }
        let surplus = Set(kept.dropFirst(Self.mostKept).map(\.attempt))
        for index in line.versions.indices where surplus.contains(line.versions[index].attempt) {
            line.versions[index].revocationPending = false
        }
        try save(line, replacing: stored)
    }

    /// Of one line, as many as of answers that nobody can read (decision 0012).
    private static var mostKept: Int { 8 }
}

extension TokenVersion {
    /// The last of a grant that one from elsewhere has replaced.
    fileprivate var isKeptForRevocation: Bool { status == .superseded && revocationPending }
}

extension GrantTerms {
    /// Whether requests of both go the same way. How a grant was redeemed makes no difference to that.
    fileprivate func isSamePlace(as other: GrantTerms) -> Bool {
        inputs == other.inputs && sealedInputs == other.sealedInputs && captured == other.captured
    }
}

extension ConnectionRecord {
    /// Whether another grant was made elsewhere than its own; nil: nothing is known of that one.
    fileprivate func isElsewhere(_ grant: GrantID) -> Bool? {
        otherGrants.terms[grant].map { !$0.isSamePlace(as: terms) }
    }
}

extension FlowRecord {
    /// What its grant is made with, but for what is captured on the way. What was captured before may lead elsewhere: it
    /// counts for no code, and for a renewal only where the inputs lead where they did.
    func terms(beside connection: ConnectionRecord) -> GrantTerms {
        var record = connection
        record.takeGrant(of: self)
        if renewal == nil || record.inputs != inputs { record.captured = [:] }
        record.inputs = inputs
        record.sealedInputs = sealedInputs
        return record.terms
    }
}
