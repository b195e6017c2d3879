import Foundation

extension AuthorizationServer {
    /// The access token's record if it is good now; nil for any other text.
    func liveAccessToken(_ text: String, now: Date) -> AccessTokenRecord? {
        guard let record = accessTokens[text], !record.revoked, record.expiresAt > now else { return nil }
        guard let id = record.family else { return record }
        guard let family = families[id], !family.revoked, record.generation >= family.oldestLiveAccess else {
            return nil
        }
        return record
    }

    /// Uses an access token at a resource. Its first use closes the overlap window of the token it came for.
    mutating func useAccessToken(_ text: String, now: Date) -> AccessTokenRecord? {
        guard let record = liveAccessToken(text, now: now) else { return nil }
        closeWindow(of: record.parent)
        return record
    }

    /// Answers RFC 7662 §2.2. A token of another client, like any dead one, is just not active.
    mutating func introspect(
        _ parameters: Parameters, authorization: String?, now: Date
    ) throws(OAuthFailure) -> String {
        let client = try authenticate(parameters, authorization: authorization)
        guard let text = parameters["token"] else { throw .invalidRequest("token is missing") }
        return introspection(of: text, by: client, now: now)
    }

    /// What RFC 7662 §2.2 says of a token to this client.
    func introspection(of text: String, by client: SimulatedClient, now: Date) -> String {
        if let record = liveAccessToken(text, now: now), record.clientID == client.id {
            return description(of: record)
        }
        if let record = refreshTokens[text], verdict(of: record, client, now: now) == .fresh,
            let family = families[record.family]
        {
            return "{\"active\":true,\"client_id\":\(JSONText.string(client.id)),"
                + "\"scope\":\(JSONText.string(family.scope)),\"sub\":\(JSONText.string(family.subject))}"
        }
        return "{\"active\":false}"
    }

    /// Revokes a token (RFC 7009): a refresh token with its whole family, an access token alone. Unknown ones are no error.
    mutating func revoke(_ parameters: Parameters, authorization: String?) throws(OAuthFailure) {
        let client = try authenticate(parameters, authorization: authorization)
        guard let text = parameters["token"] else { throw .invalidRequest("token is missing") }
        revoke(token: text, of: client)
    }

    /// Revokes a token of this client. Returns whether there is such a token.
    @discardableResult
    mutating func revoke(token text: String, of client: SimulatedClient) -> Bool {
        if let record = refreshTokens[text], families[record.family]?.clientID == client.id {
            revoke(family: record.family)
        } else if accessTokens[text]?.clientID == client.id {
            accessTokens[text]?.revoked = true
        } else {
            return false
        }
        return true
    }

    private func description(of record: AccessTokenRecord) -> String {
        "{\"active\":true,\"client_id\":\(JSONText.string(record.clientID)),"
            + "\"scope\":\(JSONText.string(record.scope)),\"sub\":\(JSONText.string(record.subject)),"
            + "\"token_type\":\"Bearer\",\"exp\":\(Int(record.expiresAt.timeIntervalSince1970)),"
            + "\"iat\":\(Int(record.issuedAt.timeIntervalSince1970))}"
    }
}
