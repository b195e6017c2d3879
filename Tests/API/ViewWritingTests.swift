import ConnectorSDK
import Foundation
import Model
import NIOCore
import Testing

@testable import API
@testable import Pipeline

@Suite struct ViewWritingTests {
    private func object(_ write: (inout JSONOutput) -> Void) throws -> [String: Any] {
        var json = JSONOutput()
        write(&json)
        return try #require(JSONSerialization.jsonObject(with: Data(json.buffer.readableBytesView)) as? [String: Any])
    }

    @Test func aConnectionHasTheMembersOfTheDesign() throws {
        var view = ConnectionView(
            id: ConnectionID("conn_1"), connector: "github", client: "default", name: "n", owner: "organization",
            status: .active,
            statusReason: nil, generation: 3, expiresAt: nil, nextRefreshAt: Timestamp(milliseconds: 1000),
            tokens: [.init(name: "default", generation: 3, expiresAt: nil, scopes: nil, status: .active)],
            grantedScopes: nil,
            missingScopes: ["b"], captured: [:], metadata: #"{"k":1}"#, revocation: .none, createdAt: .distantPast,
            lastRefresh: .init(at: .distantPast, outcome: "refreshed"), lastError: nil)
        var json = try object { view.write(to: &$0) }
        #expect(
            Set(json.keys) == [
                "id", "connector", "client", "name", "owner", "status", "generation", "expires_at", "next_refresh_at",
                "tokens",
                "granted_scopes", "missing_scopes", "captured", "metadata", "created_at", "last_refresh", "last_error",
            ])
        #expect(json["expires_at"] is NSNull && json["last_error"] is NSNull)
        #expect((json["last_refresh"] as? [String: String])?["outcome"] == "refreshed")
        #expect(
            Set((json["tokens"] as? [[String: Any]])?.first?.keys.map { $0 } ?? []) == [
                "name", "generation", "expires_at", "scopes", "status",
            ])
        view.statusReason = "refused"
        view.status = .needsReauthorization
        view.revocation = .pending
        json = try object { view.write(to: &$0) }
        #expect(json["status"] as? String == "needs_reauthorization" && json["status_reason"] as? String == "refused")
        #expect(json["revocation"] as? String == "pending")
    }

    @Test func aConnectorCountsEveryStatusAndKeepsSecretDefaults() throws {
        let request = RequestRules(endpoint: [])
        var definition = Definition(id: "acme", title: "Acme", token: request, refresh: RefreshRules(request: request))
        var key = Input(name: "api_key")
        key.secret = true
        key.defaultValue = "canary-default"
        key.allowedValues = ["a"]
        definition.inputs = [key]
        let view = ConnectorView(definition: definition, enabled: true, configured: false, connections: [.active: 2])
        let item = try object { view.write(to: &$0) }
        #expect(Set(item.keys) == ["id", "title", "enabled", "configured", "connections"])
        let counts = try #require(item["connections"] as? [String: Int])
        #expect(counts.count == ConnectionStatus.allCases.count && counts["active"] == 2 && counts["revoked"] == 0)
        let whole = try object { view.writeWhole(to: &$0) }
        let input = try #require((whole["inputs"] as? [[String: Any]])?.first)
        #expect(input["default"] == nil && input["secret"] as? Bool == true && input["enum"] as? [String] == ["a"])
        #expect(Set((whole["scopes"] as? [String: Any] ?? [:]).keys) == ["default", "always", "available"])
        #expect(whole["grants"] as? [String] == ["authorization_code"])
    }

    @Test("SECURITY 28: a config shows of a secret only that it is set")
    func aConfigShowsSecretsAsSet() throws {
        var settings = ClientRecord.Settings()
        settings.rotation = .overlap(.window(.seconds(300), afterWindow: .revoke))
        settings.idleLifetime = .seconds(90 * 86_400)
        let view = ConfigView(
            clientID: "id", secretsSet: ["client_secret", "api_key"], redirectURIs: [], scopes: nil,
            inputs: ["tenant": "t"],
            settings: settings, updatedAt: nil)
        let json = try object { view.write(to: &$0) }
        #expect(json["client_secret"] as? String == "set" && json["client_private_key"] == nil)
        #expect(json["inputs"] as? [String: String] == ["tenant": "t", "api_key": "set"])
        let shown = try #require(json["settings"] as? [String: Any])
        #expect(
            shown["rotation"] as? String == "overlap" && shown["overlap"] as? String == "5m"
                && shown["idle_lifetime"] as? String == "90d")
        #expect(shown["hosts"] is NSNull && shown["exchange_without_state"] as? Bool == false)
    }

    @Test func eventsHaveTheNamesOfTheTopics() throws {
        let event = EventRecord(
            id: "e", kind: .tokenRefreshed, organization: OrganizationID("org"), connector: "google-workspace",
            connection: ConnectionID("c"), owner: "u-1", generation: 2, epoch: 1, at: .distantPast)
        let json = try object { event.write(to: &$0) }
        #expect(json["serviceType"] as? String == "GOOGLE_WORKSPACE" && json["tokenReferenceId"] as? String == "c")
        #expect(
            Set(json.keys) == [
                "eventId", "eventType", "tokenReferenceId", "serviceType", "accountId", "timestamp", "connectionId",
                "orgId", "generation", "reason",
            ])
        let entity = EventRecord(
            id: "e", kind: .appDisabled, organization: OrganizationID("org"), connector: "acme", epoch: 1,
            at: .distantPast)
        let payload = try #require(try object { entity.write(to: &$0) }["payload"] as? [String: Any])
        #expect(
            Set(payload.keys) == [
                "orgId", "appGroup", "appGroupId", "apps", "syncAction", "credentialsRoute", "refreshTokenRoute",
            ])
        #expect(payload["credentialsRoute"] as? String == "/api/v1/connectors/acme/credentials")
    }

    @Test func healthNamesItsParts() throws {
        let report = HealthReport(
            status: .degraded, at: .distantPast,
            services: [
                ("store", PartHealth(status: .healthy, latency: .microseconds(1234))),
                ("events", PartHealth(status: .degraded, latency: .zero, detail: "lag")),
            ])
        let json = try object { report.write(to: &$0) }
        let services = try #require(json["services"] as? [String: [String: Any]])
        #expect(json["status"] as? String == "degraded" && services["store"]?["latency"] as? Double == 1.234)
        #expect(services["events"]?["detail"] as? String == "lag")
    }

    @Test("what somebody else knows to be ill makes a service degraded, and takes nothing from what is worse")
    func healthTakesMore() {
        var report = HealthReport(
            status: .healthy, at: .distantPast,
            services: [
                ("store", PartHealth(status: .unhealthy, latency: .zero, detail: "away")),
                ("config", PartHealth(status: .healthy, latency: .zero)),
            ])
        report.add([], to: "config")
        #expect(report.status == .healthy && report.services[1].health.status == .healthy)
        report.add(["a", "b"], to: "config")
        #expect(report.status == .degraded && report.services[1].health.status == .degraded)
        #expect(report.services[1].health.detail == "a; b")
        report.add(["slow"], to: "store")
        #expect(report.services[0].health.status == .unhealthy && report.services[0].health.detail == "away; slow")
    }

    @Test func aTimelineItemHasItsTimes() throws {
        let item = TimelineItem(
            attempt: AttemptID("a"), token: "default", purpose: .replay, state: .done, generationIn: 1,
            generationOut: 2,
            claimedAt: .distantPast, sentAt: nil, closedAt: nil, outcome: nil, caller: "user:u-1", host: HostID("h"))
        #expect(
            Set(try object { item.write(to: &$0) }.keys) == [
                "attempt", "token", "purpose", "state", "generation_in", "generation_out", "claimed_at", "sent_at",
                "closed_at", "outcome", "caller", "host",
            ])
    }
}
