package import Foundation
package import Model

extension ConnectionRecord: Stored {
    package static let table = Table(
        "connection", key: ["id"], fixed: ["organization", "connector", "client", "created_at"],
        rest: [
            "name", "owner", "revoke_at", "grant_type", "inputs", "sealed_inputs", "requested_scopes",
            "granted_scopes", "captured", "metadata", "deleted_at", "revocation", "sealed_grant", "steps", "step_at",
            "step_status", "token_scopes", "other_grants",
        ])

    package var columns: [any Column] {
        [
            id, organization, connector, client, createdAt, name, owner, revokeAt, grantType, inputs, sealedInputs,
            requestedScopes, grantedScopes, captured, metadata, deletedAt, revocation, sealedGrant, steps, stepAt,
            steps?.status, tokenScopes.isEmpty ? nil : tokenScopes.mapValues { $0.joined(separator: " ") },
            otherGrants.terms.isEmpty ? nil : otherGrants,
        ]
    }

    package init(row: inout RowReader) throws {
        let id: ConnectionID = try row.next()
        let organization: OrganizationID = try row.next()
        let connector: String = try row.next()
        let client: String = try row.next()
        let createdAt: Timestamp = try row.next()
        let name: String = try row.next()
        let owner: Owner = try row.next()
        let revokeAt: Timestamp = try row.next()
        self.init(
            id: id, organization: organization, connector: connector, client: client, name: name, owner: owner,
            createdAt: createdAt, grantType: try row.next())
        self.revokeAt = revokeAt
        inputs = try row.next()
        sealedInputs = try row.next()
        requestedScopes = try row.next()
        grantedScopes = try row.next()
        captured = try row.next()
        metadata = try row.next()
        deletedAt = try row.next()
        revocation = try row.next()
        sealedGrant = try row.next()
        steps = try row.next()
        stepAt = try row.next()
        let (_, scopes): (ConnectionStatus?, [String: String]?) = (try row.next(), try row.next())
        tokenScopes = (scopes ?? [:]).mapValues { $0.split(separator: " ").map(String.init) }
        otherGrants = try row.next() ?? OtherGrants()
    }
}

/// A client without its secrets, which are rows of their own.
extension ClientRecord: Stored {
    package static let table = Table(
        "client", key: ["organization", "connector", "name"],
        rest: [
            "client_id", "redirect_uris", "scopes", "inputs", "hosts", "rotation", "idle_lifetime", "absolute_lifetime",
            "exchange_without_state", "updated_at", "revision",
        ])

    package var columns: [any Column] {
        [
            key.organization, key.connector, key.name, clientID, redirectURIs, scopes, inputs, settings.hosts,
            settings.rotation, settings.idleLifetime, settings.absoluteLifetime, settings.exchangeWithoutState,
            updatedAt, revision,
        ]
    }

    package init(row: inout RowReader) throws {
        let key = ClientKey(organization: try row.next(), connector: try row.next(), name: try row.next())
        self.init(key: key, updatedAt: .distantPast)
        clientID = try row.next()
        redirectURIs = try row.next()
        scopes = try row.next()
        inputs = try row.next()
        settings.hosts = try row.next()
        settings.rotation = try row.next()
        settings.idleLifetime = try row.next()
        settings.absoluteLifetime = try row.next()
        settings.exchangeWithoutState = try row.next()
        updatedAt = try row.next()
        revision = try row.next()
    }
}

/// One sealed secret of a client.
package struct ClientSecretRow: Stored {
    package let client: ClientKey
    package let name: String
    package let sealed: Data

    package static let table = Table(
        "client_secret", key: ["organization", "connector", "client", "name"], rest: ["sealed"])

    package var columns: [any Column] { [client.organization, client.connector, client.name, name, sealed] }

    package init(client: ClientKey, name: String, sealed: Data) {
        self.client = client
        self.name = name
        self.sealed = sealed
    }

    package init(row: inout RowReader) throws {
        client = ClientKey(organization: try row.next(), connector: try row.next(), name: try row.next())
        name = try row.next()
        sealed = try row.next()
    }
}

extension FlowRecord: Stored {
    package static let table = Table(
        "flow", key: ["id"],
        fixed: [
            "organization", "connection", "connector", "client", "started_by", "ticket_hash", "redirect_uri",
            "sealed_verifier",
            "scopes", "inputs", "sealed_inputs", "login_hint", "return_to", "created_at", "expires_at", "sealed_device",
            "renewal_grant", "renewal_sealed_grant", "renewal_replaces",
        ],
        rest: ["state_hash", "cookie_hash", "ticket_used_at", "used_at", "result", "poll_interval", "poll_at"])

    package var columns: [any Column] {
        [
            id, organization, connection, connector, client, startedBy, ticketHash, redirectURI,
            sealedVerifier, scopes, inputs, sealedInputs, loginHint, returnTo, createdAt, expiresAt,
            device?.sealedCode, renewal?.grantType, renewal?.sealedGrant, renewal?.replaces, stateHash, cookieHash,
            ticketUsedAt, usedAt, result, device?.interval, device?.pollAt,
        ]
    }

    package init(row: inout RowReader) throws {
        self.init(
            id: try row.next(), organization: try row.next(), connection: try row.next(), connector: try row.next(),
            client: try row.next(), startedBy: try row.next(), stateHash: Data(), ticketHash: try row.next(),
            redirectURI: try row.next(), sealedVerifier: try row.next(), scopes: try row.next(),
            inputs: try row.next(), sealedInputs: try row.next(), loginHint: try row.next(), returnTo: try row.next(),
            createdAt: try row.next(), expiresAt: try row.next())
        let sealedDevice: Data? = try row.next()
        let (grantType, sealedGrant): (String?, Data?) = (try row.next(), try row.next())
        if let replaces: GrantID = try row.next(), let grantType {
            renewal = Renewal(grantType: grantType, sealedGrant: sealedGrant, replaces: replaces)
        }
        stateHash = try row.next()
        cookieHash = try row.next()
        ticketUsedAt = try row.next()
        usedAt = try row.next()
        result = try row.next()
        let (interval, pollAt): (Duration?, Timestamp?) = (try row.next(), try row.next())
        if let sealedDevice, let interval, let pollAt {
            device = Device(sealedCode: sealedDevice, interval: interval, pollAt: pollAt)
        }
    }
}
