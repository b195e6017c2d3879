import ConnectorSDK
import Foundation
import Model
import Secrets
import Spool

/// Steps that read a token's claims (`claims_of`): hints of an access token, an ID token's only once it is verified
/// (OpenID Connect Core §3.1.3.7; SECURITY.md lines 6 and 7).
extension TokenPipeline {
    func claims(
        of field: ResponseRules.Field, for call: StepCall, by actor: Actor
    ) async throws -> [String: JSONValue] {
        guard field == .idToken else {
            guard let token = call.tokens.accessToken, let hints = try? IdentityToken(token).claims else {
                throw StepFailure("access_token_without_claims")
            }
            return hints
        }
        guard let token = call.tokens.idToken else { throw StepFailure("no_id_token") }
        do {
            let identity = try IdentityToken(token)
            let issuer = try call.issuer(named: identity.claims)
            let keys = try await verificationKeys(of: issuer, for: call, by: actor)
            try identity.verify(
                with: keys,
                as: IdentityToken.Expectation(
                    issuer: issuer, clientID: call.material.context.clientID, nonce: expectedNonce(call),
                    receivedAt: call.version.content.receivedAt))
            return identity.claims
        } catch let refusal as IdentityToken.Refusal {
            // Forged for certain: nothing of it is taken, and nothing of this grant is served.
            throw StepFailure(refusal.rawValue, isFinal: true)
        }
    }

    private func expectedNonce(_ call: StepCall) -> String? {
        guard let steps = call.connection.steps, steps.expectsNonce, let flow = steps.flow else { return nil }
        return parts.installation.nonce(of: flow)
    }

    /// The definition's `jwks`, else what the issuer's discovery document names.
    private func verificationKeys(
        of issuer: String, for call: StepCall, by actor: Actor
    ) async throws -> VerificationKeys {
        let address: String
        if let fixed = call.definition.jwks {
            address = fixed
        } else {
            address = try await keyAddress(in: issuer, for: call, by: actor)
        }
        guard let keys = VerificationKeys(try await document(address, for: call, named: "jwks", by: actor)) else {
            throw StepFailure("jwks_unreadable")
        }
        return keys
    }

    /// OpenID Connect Discovery §4: the document must say of itself that it is the issuer's.
    private func keyAddress(in issuer: String, for call: StepCall, by actor: Actor) async throws -> String {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let found = try await document(
            base + "/.well-known/openid-configuration", for: call, named: "discovery", by: actor)
        guard case .object(let members)? = try? JSONReader.read(found) else {
            throw StepFailure("discovery_unreadable")
        }
        guard members["issuer"] == .string(issuer) else { throw StepFailure("discovery_issuer") }
        guard case .string(let address)? = members["jwks_uri"] else { throw StepFailure("discovery_without_jwks") }
        return address
    }

    /// A public document within the definition's `hosts`.
    private func document(
        _ address: String, for call: StepCall, named name: String, by actor: Actor
    ) async throws -> Data {
        let url = try EndpointRules(call.definition, call.material.context).check(address, at: name)
        let entry = try await ask(
            ProviderRequest(method: .get, url: url.description), for: call, named: name, by: actor)
        await putAway(entry.attempt, keepsRaw: false)
        guard entry.status == 200 else { throw StepFailure("\(name)_http_\(entry.status)") }
        return entry.body
    }
}

extension StepCall {
    /// The issuer that the ID token must name. What it leaves open, such as a tenant id, is an input, a captured value,
    /// or a claim of the token that can stand in a path as it is; the signature of that issuer's keys proves it then.
    fileprivate func issuer(named claims: [String: JSONValue]) throws -> String {
        guard let template = definition.issuer else { throw StepFailure("issuer_not_set") }
        let filled = template.filled { name in material.context.values[name] ?? claims[name]?.scalarText }
        guard let filled else { throw IdentityToken.Refusal.issuer }
        return filled
    }
}

extension Template {
    /// The text of an issuer with its placeholders filled; nil unless every value is there and stands in a path as it is.
    func filled(with value: (String) -> String?) -> String? {
        var text = ""
        for segment in segments {
            switch segment {
            case .literal(let literal): text += literal
            case .placeholder(let name):
                guard let value = value(name), WireEncoding.pathSegment(value) == value else { return nil }
                text += value
            }
        }
        return text
    }
}
