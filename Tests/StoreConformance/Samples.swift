import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import StoreContract

/// Values with every field set, so that a forgotten column shows.
enum Samples {
    static let organization = OrganizationID("org_1")
    static let other = OrganizationID("org_2")

    static func connection(
        _ id: String, organization: OrganizationID = organization, connector: String = "sandbox",
        owner: ConnectionRecord.Owner = .organization, name: String? = nil, at milliseconds: Int64 = 1000
    ) -> ConnectionRecord {
        var record = ConnectionRecord(
            id: ConnectionID(id), organization: organization, connector: connector, client: "default",
            name: name ?? "name of \(id)", owner: owner, createdAt: Timestamp(milliseconds: milliseconds),
            grantType: "authorization_code", inputs: ["realm": "eu", "snow ❄": "\"quoted\" \\ / \n"],
            sealedInputs: Data([0, 1, 255]), requestedScopes: ["read", "write"], metadata: #"{"crm": [1, null]}"#)
        record.revokeAt = Timestamp(milliseconds: milliseconds + 1)
        record.grantedScopes = ["read"]
        record.sealedGrant = Data([2, 0, 254])
        record.captured = ["account_id": "7"]
        record.otherGrants = OtherGrants([
            GrantID("old"): GrantTerms(
                grantType: "jwt_bearer", inputs: ["realm": "us ❄"], sealedInputs: Data([7, 0, 255]),
                sealedGrant: Data([6]), captured: ["account_id": "\"6\""]),
            GrantID("late"): GrantTerms(
                grantType: "refresh_token", inputs: [:], sealedInputs: nil, sealedGrant: nil, captured: [:]),
        ])
        record.steps = steps
        record.stepAt = Timestamp(milliseconds: milliseconds + 2)
        return record
    }

    /// Every field set; nothing of it shows.
    static var steps: OpenSteps {
        var steps = OpenSteps([.introspect], flow: FlowID("flow of steps"), expectsNonce: true, lacksLifetime: true)
        steps.failure = .init(code: "http_500", at: Timestamp(milliseconds: 3), isFinal: false)
        return steps
    }

    /// Every field set, in a state that keeps them all.
    static func line(
        _ connection: ConnectionRecord, name: String = "default",
        rotation: RotationClass = .overlap(.window(.milliseconds(600_250), afterWindow: .revoke))
    ) -> Line {
        var line = Line(
            id: LineID(connection: connection.id, name: name), organization: connection.organization,
            grant: GrantID("grant of \(connection.id)"), rotation: rotation)
        line.state = .recovering
        line.enabled = false
        line.generation = 7
        line.fence = 9
        line.leaseUntil = Timestamp(milliseconds: 11)
        line.openAttempt = AttemptID("open of \(line.id)")
        line.quietAt = Timestamp(milliseconds: 12)
        line.firstSentAt = Timestamp(milliseconds: 13)
        line.nextTryAt = Timestamp(milliseconds: 14)
        line.failures = 15
        line.expiresAt = Timestamp(milliseconds: 16)
        line.dueAt = Timestamp(milliseconds: 17)
        line.notBefore = Timestamp(milliseconds: 18)
        line.reportedDead = 19
        line.forcedAt = Timestamp(milliseconds: 20)
        line.reports = 21
        line.reportsSince = Timestamp(milliseconds: 22)
        line.canPresent = false
        line.grantedAt = Timestamp(milliseconds: 23)
        line.warnAt = Timestamp(milliseconds: 24)
        line.toldExpired = 25
        return line
    }

    /// A quiet line with a current version, due then.
    static func active(
        _ connection: ConnectionRecord, name: String = "default", dueAt: Timestamp? = nil
    ) -> Line {
        var line = Line(
            id: LineID(connection: connection.id, name: name), organization: connection.organization,
            grant: GrantID("grant of \(connection.id)"), rotation: .singleUse)
        line.state = .active
        line.generation = 1
        line.fence = 1
        line.dueAt = dueAt
        line.versions = [version(1, of: line, attempt: "a1", status: .current)]
        return line
    }

    static func attempt(
        _ id: String, of line: Line, state: Attempt.State, generationIn: Int64? = nil, host: String = "host_1",
        purpose: Attempt.Purpose = .replay
    ) -> Attempt {
        Attempt(
            id: AttemptID(id), grant: line.grant, generationIn: generationIn ?? line.generation, fence: line.fence,
            purpose: purpose, rotation: .overlap(.untilUsed), host: HostID(host), boot: BootID("boot_1"), state: state,
            claimedAt: Timestamp(milliseconds: 31), sentAt: Timestamp(milliseconds: 32), holderClear: true,
            closedAt: Timestamp(milliseconds: 33), outcome: "HTTP 503")
    }

    static func version(
        _ generation: Int64, of line: Line, attempt: String, status: TokenVersion.Status, receivedAt: Int64 = 41
    ) -> TokenVersion {
        TokenVersion(
            generation: generation, parentGeneration: generation - 1, grant: line.grant,
            attempt: AttemptID("\(attempt) of \(line.id)"), fence: generation,
            content: content("\(line.id) \(attempt)", receivedAt: receivedAt), status: status)
    }

    static func content(_ text: String, receivedAt: Int64 = 41) -> TokenVersion.Content {
        TokenVersion.Content(
            sealed: Data("sealed \(text)".utf8), fingerprint: Data("fingerprint \(text)".utf8),
            receivedAt: Timestamp(milliseconds: receivedAt), expiresAt: Timestamp(milliseconds: 42),
            dueAt: Timestamp(milliseconds: 43), notBefore: Timestamp(milliseconds: 44),
            refreshExpiresAt: Timestamp(milliseconds: 45), isEndless: true, canPresent: true)
    }

    static func flow(
        _ id: String, of connection: ConnectionRecord, expiresAt: Int64 = 2000, hashes: String? = nil
    ) -> FlowRecord {
        FlowRecord(
            id: FlowID(id), organization: connection.organization, connection: connection.id,
            connector: connection.connector, client: connection.client, startedBy: "user:ada",
            stateHash: Data("state \(hashes ?? id)".utf8), ticketHash: Data("ticket \(hashes ?? id)".utf8),
            redirectURI: "https://example.com/oauth/callback", sealedVerifier: Data([9]), scopes: ["read"],
            inputs: ["realm": "us"], sealedInputs: Data([8]), loginHint: "ada@example.com",
            returnTo: "https://example.com/done", createdAt: Timestamp(milliseconds: 1000),
            expiresAt: Timestamp(milliseconds: expiresAt))
    }

    static func event(
        _ id: String, organization: OrganizationID = organization, kind: EventRecord.Kind = .tokenRefreshed,
        at milliseconds: Int64 = 1000
    ) -> EventRecord {
        EventRecord(
            id: id, kind: kind, organization: organization, connector: "sandbox", connection: ConnectionID("c1"),
            owner: "user:ada", generation: 3, epoch: 1, reason: "refused", at: Timestamp(milliseconds: milliseconds))
    }
}

extension Store {
    /// Stores a connection with one line.
    func plant(_ connection: ConnectionRecord, _ line: Line? = nil) async throws {
        try await write {
            try $0.insert(connection)
            if let line { try $0.save(line, replacing: nil) }
        }
    }

    /// Loads, changes and saves a line.
    func change(_ id: LineID, _ body: @escaping @Sendable (inout Line) -> Void) async throws {
        try await write {
            let old = try requireSome(try $0.line(id), "line \(id) is there")
            var line = old
            body(&line)
            try $0.save(line, replacing: old)
        }
    }
}

extension Line {
    /// The same line with its parts in one order, for comparing: stores give no order within a line.
    var ordered: Line {
        var line = self
        line.attempts.sort { $0.id < $1.id }
        line.versions.sort { $0.attempt < $1.attempt }
        return line
    }
}

extension Samples {
    /// T1 and T2 of a stored line as one write. Nil when there is no such line.
    static func claimAndSend(_ id: LineID, _ claim: Claim, in transaction: any StoreTransaction) throws -> LineStep? {
        try transaction.line(id).map {
            try transaction.claimAndSend(
                $0, replacing: $0, .claim(claim), claim.attempt, elapsed: { .zero }, timing: Timing())
        }
    }
}
