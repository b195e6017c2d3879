import ConnectorSDK

/// What only several settings together show of callers.
enum CallerChecks {
    static func run(_ settings: HostSettings, _ reader: inout SettingsReader) {
        checkSecrets(settings, &reader)
        if let url = settings.callers.keySetURL { checkKeySet(url, settings, &reader) }
    }

    private static func checkSecrets(_ settings: HostSettings, _ reader: inout SettingsReader) {
        let callers = settings.callers
        let hasOthers = if case .mutual = settings.listener.tls { true } else { callers.keySetURL != nil }
        switch (callers.userSecret, callers.serviceSecret) {
        case (nil, nil) where !hasOthers:
            reader.warn("nobody can call the API: neither JWT_SECRET, SCOPED_JWT_SECRET nor JWKS_URL is set")
        case (let user?, let service?) where user == service:
            reader.report(
                "SCOPED_JWT_SECRET", "it is the same as JWT_SECRET, so a user token would pass for a service token",
                remedy: "make another with: openssl rand -hex 32")
        default: break
        }
    }

    /// Whoever can change what comes from there is any caller. And a key set often signs for many services: only issuer and
    /// audience tell their tokens from ours.
    private static func checkKeySet(_ url: String, _ settings: HostSettings, _ reader: inout SettingsReader) {
        let isPlain = url.lowercased().hasPrefix("http://")
        if isPlain, (try? StrictURL(url, allowsLoopback: settings.egress.allowsPrivate)) == nil {
            reader.report(
                "JWKS_URL", "keys that come over http are anybody's",
                remedy: "use https; http only to 127.0.0.1, [::1] or localhost with EGRESS_ALLOW_PRIVATE=true")
        }
        if settings.callers.issuer == nil {
            reader.warn("JWKS_URL is set without JWT_ISSUER: tokens of every issuer who uses these keys are taken")
        }
        if settings.callers.audience == nil {
            reader.warn("JWKS_URL is set without JWT_AUDIENCE: tokens meant for other services are taken")
        }
    }
}
