import ConnectorSDK
import Model
import Pipeline

/// What a verified token says about its bearer (DESIGN.md §7), before one organization has been chosen.
struct CallerClaims: Sendable, Hashable {
    let identity: Caller.Identity
    /// At least one in a token; none for a certificate that may only see what everybody sees.
    let organizations: [OrganizationID]
    /// Stands for these.
    let belonging: Int
    /// Seconds since 1970.
    let expires: Double
    /// Seconds since 1970.
    let notBefore: Double
    /// Which key set verified them; nil: a shared secret.
    var keySet: Int?

    /// - Parameter kind: whose key signed the token; claims of the other kind count for nothing, so that a token can never
    ///   be taken for more than what its issuer meant.
    /// - Throws: `CallerRefusal.claims`.
    init(_ claims: [String: JSONValue], kind: CallerKeys.Kind) throws(CallerRefusal) {
        expires = try Self.time(claims, "exp", ifMissing: nil)
        notBefore = max(try Self.time(claims, "nbf", ifMissing: 0), try Self.time(claims, "iat", ifMissing: 0))
        organizations = try Self.organizations(claims["orgId"])
        belonging = Caller.belonging(to: organizations)
        identity = try kind == .user ? Self.user(claims) : Self.service(claims)
    }

    /// What a client certificate says by standing in the table of callers: it is a service.
    init(_ certificate: PeerCertificate, _ entry: CallerTable.Entry) {
        expires = certificate.expires
        notBefore = 0
        organizations = entry.organizations
        belonging = Caller.belonging(to: organizations)
        identity = .service(id: certificate.uri, scopes: entry.scopes, connectors: entry.connectors)
    }

    /// The kind of a token whose key signs both: services have scopes, users have an id and a role, and nobody has both.
    static func kind(of claims: [String: JSONValue]) throws(CallerRefusal) -> CallerKeys.Kind {
        switch (claims["scopes"] != nil, claims["userId"] != nil, claims["role"] != nil) {
        case (true, false, false): return .service
        case (false, true, true): return .user
        default: throw .claims("a service token has scopes, a user token userId and role, and none has both")
        }
    }

    private static func user(_ claims: [String: JSONValue]) throws(CallerRefusal) -> Caller.Identity {
        guard let id = identifier(claims["userId"]), id != "organization" else { throw .claims("userId") }
        guard case .string(let name)? = claims["role"], let role = Caller.Role(rawValue: name) else {
            throw .claims("role must be admin or member")
        }
        return .user(id: id, role: role)
    }

    private static func service(_ claims: [String: JSONValue]) throws(CallerRefusal) -> Caller.Identity {
        // DESIGN.md §7 names no claim for it: a service without a name is simply a service.
        guard let id = identifier(claims["serviceId"] ?? claims["sub"] ?? .string("service")) else {
            throw .claims("serviceId or sub")
        }
        guard let scopes = texts(claims["scopes"]) else { throw .claims("scopes must be a list of texts") }
        var connectors: Set<String>?
        if let claim = claims["connectors"] {
            guard let ids = texts(claim), ids.allSatisfy({ Shapes.isConnector($0) }) else {
                throw .claims("connectors must be a list of ids")
            }
            connectors = Set(ids)
        }
        // A scope that is not known here allows nothing here.
        return .service(id: id, scopes: Set(scopes.compactMap(Caller.Scope.init(rawValue:))), connectors: connectors)
    }

    private static func organizations(_ claim: JSONValue?) throws(CallerRefusal) -> [OrganizationID] {
        // `-` is the host's own: its checkpoints of the audit belong to no organization.
        if let id = identifier(claim), id != "-" { return [OrganizationID(id)] }
        guard let ids = texts(claim), !ids.isEmpty, ids.allSatisfy({ Shapes.isVisible($0) && $0 != "-" }) else {
            throw .claims("orgId must be an id or a list of ids")
        }
        return ids.map { OrganizationID($0) }
    }

    private static func time(
        _ claims: [String: JSONValue], _ name: String, ifMissing standard: Double?
    ) throws(CallerRefusal) -> Double {
        guard let claim = claims[name] else {
            guard let standard else { throw .claims("\(name) is missing") }
            return standard
        }
        guard case .number = claim, let time = claim.decimal else { throw .claims("\(name) must be a number") }
        return time
    }

    private static func identifier(_ claim: JSONValue?) -> String? {
        guard case .string(let text)? = claim, Shapes.isVisible(text) else { return nil }
        return text
    }

    private static func texts(_ claim: JSONValue?) -> [String]? {
        guard case .array(let elements)? = claim, elements.count <= 1000 else { return nil }
        let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil as String? } }
        return texts.count == elements.count ? texts : nil
    }
}
