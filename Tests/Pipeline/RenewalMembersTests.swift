import Model
import Testing

@testable import Pipeline

/// `POST …/connections` and `…/authorize` with `connection`: members that a renewal does not change.
@Suite struct RenewalMembersTests {
    @Test("a member that says something else than the connection is named; one that is left out, or the same, is none")
    func differences() {
        let record = ConnectionRecord(
            id: ConnectionID("c"), organization: OrganizationID("org-1"), connector: "acme", client: "second",
            name: "Sales", owner: .user("ann"), createdAt: Timestamp(milliseconds: 0), grantType: "refresh_token",
            metadata: #"{"a":1}"#)
        var request = RedeemRequest(connector: "acme", grant: "refresh_token")
        #expect(request.client == "default" && request.differences(from: record, owner: nil).isEmpty)
        (request.client, request.name, request.metadata) = ("second", "Sales", #"{"a":1}"#)
        #expect(request.differences(from: record, owner: .user("ann")).isEmpty)
        (request.client, request.name, request.metadata) = ("default", "Other", "{}")
        let wrong = request.differences(from: record, owner: .organization)
        #expect(wrong.map(\.name) == ["client", "name", "owner", "metadata"])
        #expect(wrong.first?.detail.contains("is second") == true)
        var consent = AuthorizeRequest(connector: "acme")
        #expect(consent.client == "default" && consent.differences(from: record, owner: nil).isEmpty)
        (consent.client, consent.name, consent.metadata) = ("default", "Other", "{}")
        #expect(consent.differences(from: record, owner: .organization).map(\.name) == wrong.map(\.name))
    }
}
