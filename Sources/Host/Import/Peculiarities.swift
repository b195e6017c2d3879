/// What the layout's users know of a provider by its name alone: the library behind it has code for these, and their
/// entries do not show it (https://github.com/NangoHQ/nango/blob/master/packages/shared/lib/clients/provider.client.ts).
enum Peculiarities {
    /// Those that no definition can say.
    static let modules: [String: String] = [
        "agiloft": "a refresh carries the beginning of the client's secret, cut off after 20 characters",
        "braintree": "tokens come from an API of its own", "braintree-sandbox": "tokens come from an API of its own",
        "coros": "a refresh answers without a token: it prolongs the one that is there",
        "coros-sandbox": "a refresh answers without a token: it prolongs the one that is there",
        "shopline-oauth": "requests are signed (HMAC), and signed again instead of refreshed",
    ]

    static func apply(_ entry: Entry, _ sketch: inout Sketch) throws(Obstacle) {
        guard let change = entry.lineage.lazy.compactMap({ changes[$0] }).first else { return }
        change(&sketch)
        sketch.notes.append("The entry does not show all that this provider needs; what its name tells was added.")
    }

    private static let changes: [String: @Sendable (inout Sketch) -> Void] = [
        "facebook": { $0.refreshWithAccessToken("fb_exchange_token", rename: "fb_exchange_token") },
        "instagram": {
            $0.longLived("https://graph.instagram.com/access_token", "ig_exchange_token", "ig_refresh_token")
        },
        "threads": { $0.longLived("https://graph.threads.net/access_token", "th_exchange_token", "th_refresh_token") },
        "jobber": { $0.response.fallback = "1h" },
        "heygen": { $0.client.authentication = "none" },
        "posthog-oauth": { $0.client.authentication = "none" },
        "mercury": { $0.client.authentication = "none" },
        "stripe-app": stripe, "stripe-app-sandbox": stripe,
        "workday-oauth": {
            $0.client.authentication = "client_secret_basic"
            $0.response.fallback = "1h"
        },
        "clover": {
            $0.token.omit += ["grant_type", "redirect_uri"]
            $0.refresh.request.omit = ["grant_type", "client_secret"]
            $0.response.map.append(("expires_at", ["/access_token_expiration"]))
        },
        "absorb-lms": {
            $0.token.headers += [Pair("x-api-key", "{restApiKey}"), Pair("x-api-version", "{apiVersion}")]
        },
        "followupboss": {
            $0.client.authentication = "client_secret_basic"
            $0.token.parameters = ($0.token.parameters ?? []) + [Pair("state", "{state}")]
        },
        "sentry-oauth": {
            $0.token.body = "json"
            $0.response.map += [
                ("access_token", ["/token"]), ("refresh_token", ["/refreshToken"]), ("expires_at", ["/expiresAt"]),
            ]
        },
        "walmart": {
            $0.client.authentication = "client_secret_basic"
            $0.token.headers += [
                Pair("WM_SVC.NAME", "Walmart Marketplace"), Pair("WM_QOS.CORRELATION_ID", "{random}"),
                Pair("WM_PARTNER.ID", "{sellerId}"),
            ]
        },
        "tiktok-personal": {
            $0.token.rename.append(Pair("client_id", "client_key"))
            $0.authorization?.usesProofKey = false
        },
        "tiktok-accounts": {
            $0.token.body = "json"
            $0.token.rename.append(Pair("code", "auth_code"))
            $0.authorization?.usesProofKey = false
            $0.response.wrapped(in: "/data")
        },
        "tiktok-ads": {
            $0.token.body = "json"
            $0.token.rename += [
                Pair("client_id", "app_id"), Pair("client_secret", "secret"), Pair("code", "auth_code"),
            ]
            $0.token.omit += ["grant_type", "redirect_uri"]
            $0.authorization?.usesProofKey = false
            $0.response.wrapped(in: "/data")
        },
        "microsoft-admin": {
            // The administrator's consent is given at the provider; the grant itself is the client's.
            $0.grants = ["client_credentials"]
            $0.authorization = nil
            $0.scopes.defaults = ["https://graph.microsoft.com/.default"]
        },
        "salesforce": introspect, "salesforce-sandbox": introspect, "salesforce-cc": introspect,
        "salesforce-experience-cloud": introspect,
    ]

    private static let stripe: @Sendable (inout Sketch) -> Void = {
        $0.client.authentication = "client_secret_basic"
        $0.client.basicUsername = "client_secret"
        $0.response.fallback = "1h"
    }

    /// Answers without a lifetime: the token is asked about (RFC 7662), beside the token endpoint.
    private static let introspect: @Sendable (inout Sketch) -> Void = { sketch in
        sketch.introspection = sketch.token.endpoint.filter { $0.hasSuffix("/token") }.map {
            String($0.dropLast(6)) + "/introspect"
        }
    }
}

extension Sketch {
    fileprivate mutating func refreshWithAccessToken(_ grant: String, rename: String? = nil) {
        refresh.uses = "access_token"
        refresh.rotation = "static"
        refresh.request.grantType = grant
        if let rename { refresh.request.rename = [Pair("access_token", rename)] }
    }

    /// A short token traded at once for a long one, which is then refreshed with itself.
    fileprivate mutating func longLived(_ endpoint: String, _ exchange: String, _ refreshGrant: String) {
        upgrade = RequestSketch(endpoint: [endpoint], method: "GET", grantType: exchange, omit: ["client_id"])
        refreshWithAccessToken(refreshGrant)
        refresh.request.method = "GET"
        refresh.request.omit = ["client_id", "client_secret"]
    }
}

extension ResponseSketch {
    fileprivate mutating func wrapped(in pointer: String) {
        for field in ["access_token", "refresh_token", "token_type", "expires_in", "scope"] {
            map.append((field, ["\(pointer)/\(field)"]))
        }
        map.append(("refresh_expires_in", ["\(pointer)/refresh_token_expires_in"]))
    }
}
