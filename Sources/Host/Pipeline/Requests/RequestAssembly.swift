import ConnectorSDK
import Foundation
import Model
import Provider
import Secrets

/// Turns a connector's description into bytes for the wire: secrets filled in, everything encoded for its place.
enum RequestAssembly {
    /// - Throws: `SecretsError` for a missing secret, `ConnectorError` for a value that cannot stand in its place.
    static func assemble(_ request: ProviderRequest, secrets: [String: Secret], now: Timestamp) throws -> WireRequest {
        let resolver = ValueResolver(secrets: secrets, now: now)
        var headers = try request.headers.map { try header($0, resolver) }
        if let authorization = try self.authorization(request.authorization, resolver) {
            headers.append(WireHeader("Authorization", authorization))
        }
        if !headers.contains(where: { $0.name.lowercased() == "accept" }) {
            headers.append(WireHeader("Accept", "application/json"))
        }
        let (body, contentType) = try self.body(request.body, resolver, request.spaces)
        if let contentType { headers.append(WireHeader("Content-Type", contentType)) }
        return WireRequest(
            method: request.method.rawValue, url: try url(request, resolver), headers: headers, body: body,
            clientCertificate: request.presentsCertificate ? try certificate(secrets) : nil)
    }

    /// A filled-in secret must not leave its header (SECURITY.md line 45).
    private static func header(_ field: ProviderRequest.Field, _ resolver: ValueResolver) throws -> WireHeader {
        let value = try resolver.resolve(field.value).reveal()
        guard WireEncoding.isHeaderValue(value) else {
            throw ConnectorError(.invalidValue, at: field.name, remedy: "a header takes visible ASCII and inner spaces")
        }
        return WireHeader(field.name, value)
    }

    private static func url(_ request: ProviderRequest, _ resolver: ValueResolver) throws -> String {
        let url = try request.url { try resolver.resolve(.secret($0)).reveal() }
        guard !request.query.isEmpty else { return url }
        return url + (url.contains("?") ? "&" : "?") + (try form(request.query, resolver, request.spaces))
    }

    private static func authorization(
        _ authorization: ProviderRequest.Authorization, _ resolver: ValueResolver
    ) throws -> String? {
        switch authorization {
        case .none: return nil
        case .bearer(let token): return "Bearer " + (try resolver.resolve(token).reveal())
        case .basic(let username, let password):
            // RFC 6749 §2.3.1: both halves are form-encoded first (SECURITY.md line 14).
            let user = WireEncoding.form(try resolver.resolve(username).reveal(), spaces: .plus)
            let pass = WireEncoding.form(try resolver.resolve(password).reveal(), spaces: .plus)
            return "Basic " + Data("\(user):\(pass)".utf8).base64EncodedString()
        }
    }

    private static func body(
        _ body: ProviderRequest.Body, _ resolver: ValueResolver, _ spaces: ScopeRules.Encoding
    ) throws -> (Data?, String?) {
        switch body {
        case .none: (nil, nil)
        case .form(let fields): (Data(try form(fields, resolver, spaces).utf8), "application/x-www-form-urlencoded")
        case .json(let tree):
            (Data(JSONWriter.text(try tree.filled { try resolver.resolve($0).reveal() }).utf8), "application/json")
        }
    }

    private static func form(
        _ fields: [ProviderRequest.Field], _ resolver: ValueResolver, _ spaces: ScopeRules.Encoding
    ) throws -> String {
        try WireEncoding.form(
            fields.map { (name: $0.name, value: try resolver.resolve($0.value).reveal()) }, spaces: spaces)
    }

    private static func certificate(_ secrets: [String: Secret]) throws -> ClientCertificate {
        guard let chain = secrets["client_certificate"], let key = secrets["client_private_key"] else {
            throw SecretsError(
                .missingSecret,
                "The request presents a certificate: client_certificate and client_private_key are needed.")
        }
        return ClientCertificate(
            certificatePEM: Data(chain.reveal().utf8), privateKeyPEM: Data(key.reveal().utf8))
    }
}
