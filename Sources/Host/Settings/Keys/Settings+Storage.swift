import ConnectorSDK

/// What is kept, who calls, and how provider calls leave.
extension Settings {
    static let storeURL = Setting(
        "STORE_URL", default: StoreAddress.sqlite("var/token-manager.db"), isSecret: true, Format.store)
    static let storeMigrationURL = Setting(optional: "STORE_MIGRATION_URL", isSecret: true, Format.store)
    static let spoolFolder = Setting("SPOOL_DIR", default: "var/spool", Format.path)
    static let keyProvider = Setting("KEY_PROVIDER", default: "var/master.key", Format.keyFile)
    static let dataKeyCacheAge = Setting("DEK_CACHE_AGE", default: Duration.seconds(300), Format.duration)
    static let connectorsFolder = Setting("CONNECTORS_DIR", default: "connectors.d", Format.path)

    static let eventsURL = Setting("EVENTS_URL", default: (), Format.events)
    static let cacheURL = Setting("CACHE_URL", default: (), Format.cache)
    static let configURL = Setting("CONFIG_URL", default: (), Format.configuration)

    static let webhookURL = Setting(optional: "WEBHOOK_URL", isSecret: true, Format.webhookURL)
    static let webhookSecret = Setting(optional: "WEBHOOK_SECRET", isSecret: true, Format.webhookSecret)

    static let userSecret = Setting(optional: "JWT_SECRET", isSecret: true, Format.signingSecret)
    static let serviceSecret = Setting(optional: "SCOPED_JWT_SECRET", isSecret: true, Format.signingSecret)
    static let keySetURL = Setting(optional: "JWKS_URL", Format.webURL)
    static let issuer = Setting(optional: "JWT_ISSUER", Format.text)
    static let audience = Setting(optional: "JWT_AUDIENCE", Format.text)
    static let leeway = Setting("JWT_LEEWAY", default: Duration.seconds(30), Format.duration)
    static let callerRateLimit = Setting(optional: "CALLER_RATE_LIMIT", Format.rate)

    static let egressAllowPrivate = Setting("EGRESS_ALLOW_PRIVATE", default: false, Format.flag)
    static let egressProxy = Setting(optional: "EGRESS_PROXY", Format.proxy)
    static let egressCAFile = Setting(optional: "EGRESS_CA_FILE", Format.existingFile)
    static let sandboxPort = Setting("SANDBOX_PORT", default: 8083, Format.port)

    static let storageNames: [any NamedSetting] = [
        storeURL, storeMigrationURL, spoolFolder, keyProvider, dataKeyCacheAge, connectorsFolder,
        eventsURL, webhookURL, webhookSecret, cacheURL, configURL, userSecret, serviceSecret, keySetURL,
        issuer, audience, leeway, callerRateLimit,
        egressAllowPrivate, egressProxy, egressCAFile, sandboxPort,
    ]
}
