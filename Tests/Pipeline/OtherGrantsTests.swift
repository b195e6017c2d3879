import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import Testing

@testable import Pipeline

/// Which terms a connection has for which of its grants, and what is claimed for whom.
@Suite struct OtherGrantsTests {
    private let old = GrantID("old")
    private let new = GrantID("new")
    private let third = GrantID("third")

    @Test("a grant that is replaced keeps its terms as long as something of it is held, and no longer")
    func replaced() {
        var connection = Self.connection("a")
        let before = connection.terms
        connection.terms = Self.connection("b").terms
        connection.replace(before, by: new, held: [line(new, holding: [(old, .superseded, true)])])
        #expect(connection.otherGrants.terms == [old: before])
        #expect(connection.speaking(for: old).inputs == ["server": "a"])
        #expect(connection.speaking(for: old).captured == ["at": "a"])
        #expect(connection.speaking(for: new) == connection && connection.speaking(for: third) == connection)

        let second = connection.terms
        connection.terms = Self.connection("c").terms
        connection.replace(
            second, by: third, held: [line(third, holding: [(old, .superseded, true), (new, .candidate, false)])])
        #expect(
            connection.otherGrants.terms == [old: before, new: second], "the first one's are still the first one's")

        connection.replace(connection.terms, by: third, held: [line(third, holding: [(old, .superseded, false)])])
        #expect(connection.otherGrants.terms.isEmpty, "nothing is left to be told of them")
    }

    @Test("a line that a renewal leaves out, and an answer that may come yet, count as held")
    func held() {
        var (left, asked) = (line(old), line(new))
        asked.attempts = [
            Attempt(
                id: AttemptID("x"), grant: third, generationIn: 1, fence: 1, purpose: .normal, rotation: .static,
                host: HostID("h"), boot: BootID("b"), state: .ambiguous, claimedAt: .distantPast)
        ]
        left.versions = []
        var connection = Self.connection("b")
        connection.replace(Self.connection("a").terms, by: new, held: [asked, left])
        #expect(Set(connection.otherGrants.terms.keys) == [old, third])
        asked.attempts[0].state = .rejected
        #expect(asked.heldGrants == [new])
    }

    @Test("one that never came to its turn has the terms that it was made with, and loses them when it does")
    func remembered() {
        var connection = Self.connection("a")
        let terms = Self.connection("b").terms
        let lines = [line(old, holding: [(new, .candidate, false)])]
        connection.remember(terms, of: new, held: lines)
        #expect(connection.speaking(for: new).inputs == ["server": "b"])
        connection.remember(terms, of: third, held: lines)
        #expect(connection.otherGrants.terms == [new: terms], "of the third nothing is held")
        connection.replace(connection.terms, by: new, held: [line(new)])
        #expect(connection.otherGrants.terms.isEmpty)
    }

    @Test("what was made ready for one grant claims no other: its token is for another server")
    func claimed() {
        let stored = line(new)
        let claim = ClaimStep(stored: stored, line: stored, event: .revoke)
        #expect(claim.movedOn(from: new) == nil && claim.movedOn(from: nil) == nil)
        #expect(claim.movedOn(from: old) == stored)
        #expect(ClaimStep(stored: nil, line: stored, event: .revoke).movedOn(from: old) == nil, "an import's is new")
    }

    // MARK: Helpers

    private static func connection(_ server: String) -> ConnectionRecord {
        var connection = ConnectionRecord(
            id: ConnectionID("c"), organization: OrganizationID("org-1"), connector: "acme", client: "default",
            name: "c", owner: .organization, createdAt: .distantPast, grantType: "authorization_code",
            inputs: ["server": server], sealedInputs: Data(server.utf8))
        connection.captured = ["at": server]
        return connection
    }

    private func line(
        _ grant: GrantID, holding others: [(grant: GrantID, status: TokenVersion.Status, pending: Bool)] = []
    ) -> Line {
        var line = Line(
            id: LineID(connection: ConnectionID("c"), name: grant.description), organization: OrganizationID("org-1"),
            grant: grant, rotation: .static)
        line.versions = ([(grant, .current, false)] + others).map { grant, status, pending in
            TokenVersion(
                generation: 1, parentGeneration: 0, grant: grant, attempt: AttemptID(grant.description), fence: 1,
                content: TokenVersion.Content(
                    sealed: Data(), fingerprint: nil, receivedAt: .distantPast, expiresAt: nil),
                status: status, revocationPending: pending)
        }
        return line
    }
}
