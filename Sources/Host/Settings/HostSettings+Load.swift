import Foundation
import RefreshProtocol

extension HostSettings {
    /// Reads and checks all settings: the environment first, then the file, then the defaults.
    ///
    /// - Parameters:
    ///   - environment: the process's; variables with an empty value count as not set.
    ///   - file: the path behind `--config`.
    /// - Throws: everything that is wrong, at once.
    package static func load(
        environment: [String: String] = ProcessInfo.processInfo.environment, file: String? = nil
    ) throws(SettingsError) -> HostSettings {
        try load(from: SettingsSource(environment: environment, file: file))
    }

    /// The same from what was read already.
    package static func load(from source: SettingsSource) throws(SettingsError) -> HostSettings {
        var reader = source.reader()
        _ = reader.value(Settings.fiberImmutable)
        reader.value(Settings.eventsURL)
        reader.value(Settings.cacheURL)
        reader.value(Settings.configURL)
        for setting in Settings.absent { reader.value(setting) }

        let listener = listener(&reader)
        var settings = HostSettings(
            listener: listener, logging: logging(&reader), storage: storage(&reader),
            connectors: ConnectorSettings(folder: reader.value(Settings.connectorsFolder)),
            callers: callers(&reader), addresses: addresses(&reader, listener: listener), egress: egress(&reader),
            sandbox: Sandbox(port: reader.value(Settings.sandboxPort)), webhook: webhook(&reader),
            timing: timing(&reader), warnings: [])
        StartChecks.run(settings, &reader)
        guard reader.problems.isEmpty else { throw SettingsError(problems: reader.problems) }
        settings.warnings = reader.warnings
        return settings
    }

    /// `CONNECTORS_DIR` alone, for commands that need nothing else; other settings may be wrong.
    package static func connectorsFolder(
        environment: [String: String] = ProcessInfo.processInfo.environment, file: String? = nil
    ) throws(SettingsError) -> String {
        try one(environment, file) { $0.value(Settings.connectorsFolder) }
    }

    /// `SANDBOX_PORT` alone.
    package static func sandboxPort(
        environment: [String: String] = ProcessInfo.processInfo.environment, file: String? = nil
    ) throws(SettingsError) -> Int {
        try one(environment, file) { $0.value(Settings.sandboxPort) }
    }

    /// `EGRESS_*` alone.
    package static func egress(
        environment: [String: String] = ProcessInfo.processInfo.environment, file: String? = nil
    ) throws(SettingsError) -> Egress {
        try one(environment, file) { egress(&$0) }
    }

    /// `JWT_*` and `SCOPED_JWT_SECRET` alone.
    package static func callers(
        environment: [String: String] = ProcessInfo.processInfo.environment, file: String? = nil
    ) throws(SettingsError) -> Callers {
        try one(environment, file) { callers(&$0) }
    }

    private static func one<Value>(
        _ environment: [String: String], _ file: String?, _ read: (inout SettingsReader) -> Value
    ) throws(SettingsError) -> Value {
        var reader = SettingsSource(environment: environment, file: file).reader()
        let value = read(&reader)
        guard reader.problems.isEmpty else { throw SettingsError(problems: reader.problems) }
        return value
    }
}

/// The groups.
extension HostSettings {
    private static func listener(_ reader: inout SettingsReader) -> Listener {
        let metricsPort = reader.value(Settings.metricsPort)
        return Listener(
            host: reader.value(Settings.host), port: reader.value(Settings.port),
            metricsPort: metricsPort == 0 ? nil : metricsPort,
            readBufferSize: reader.value(Settings.readBufferSize),
            writeBufferSize: reader.value(Settings.writeBufferSize), tls: TLSChecks.read(&reader),
            allowsPlaintext: reader.value(Settings.allowPlaintext))
    }

    static func logging(_ reader: inout SettingsReader) -> LogSettings {
        var settings = LogSettings(
            subsystem: reader.value(Settings.subsystem), level: reader.value(Settings.logLevel),
            format: reader.value(Settings.logFormat), logsHTTPRequests: reader.value(Settings.logHTTPRequests))
        settings.allowsDebugRequests = reader.value(Settings.allowsDebugRequests)
        settings.requiresDebugRequests = reader.value(Settings.requiresDebugRequests)
        return settings
    }

    private static func storage(_ reader: inout SettingsReader) -> Storage {
        let path = reader.value(Settings.storeURL)
        if let migration = reader.value(Settings.storeMigrationURL), migration != path {
            reader.report(
                "STORE_MIGRATION_URL", "it names another store than STORE_URL",
                remedy: "remove it; a role of its own for migrations comes with the store on PostgreSQL")
        }
        return Storage(
            databasePath: path, spoolFolder: reader.value(Settings.spoolFolder),
            keyFile: reader.value(Settings.keyProvider), dataKeyCacheAge: reader.value(Settings.dataKeyCacheAge))
    }

    private static func callers(_ reader: inout SettingsReader) -> Callers {
        Callers(
            userSecret: reader.value(Settings.userSecret), serviceSecret: reader.value(Settings.serviceSecret),
            keySetURL: reader.value(Settings.keySetURL), issuer: reader.value(Settings.issuer),
            audience: reader.value(Settings.audience), leeway: reader.value(Settings.leeway),
            rateLimit: reader.value(Settings.callerRateLimit))
    }

    private static func addresses(_ reader: inout SettingsReader, listener: Listener) -> Addresses {
        let publicURL = reader.value(Settings.publicURL)
        if publicURL == nil, !Format.isLoopback(listener.host) {
            reader.warn("PUBLIC_URL is not set: redirect URIs start with \(listener.url)")
        }
        return Addresses(
            publicURL: publicURL ?? listener.url,
            frontendURL: reader.value(Settings.frontendURL), returnURLs: reader.value(Settings.returnURLs))
    }

    private static func egress(_ reader: inout SettingsReader) -> Egress {
        Egress(
            allowsPrivate: reader.value(Settings.egressAllowPrivate), proxy: reader.value(Settings.egressProxy),
            caFile: reader.value(Settings.egressCAFile))
    }

    static func webhook(_ reader: inout SettingsReader) -> Webhook? {
        let known = reader.problems.count
        switch (reader.value(Settings.webhookURL), reader.value(Settings.webhookSecret)) {
        case (nil, nil): break
        case (let url?, let secret?): return Webhook(url: url, secret: secret)
        // A wrong value is no value either, and was reported.
        case _ where reader.problems.count > known: break
        case (_?, nil):
            reader.report(
                "WEBHOOK_SECRET", "it is not set while WEBHOOK_URL is: nobody could tell our events from others'",
                remedy: "make one with: echo whsec_$(openssl rand -base64 32)")
        case (nil, _?):
            reader.report(
                "WEBHOOK_URL", "it is not set while WEBHOOK_SECRET is",
                remedy: "set it to where events are to be posted, or remove WEBHOOK_SECRET")
        }
        return nil
    }

    static func timing(_ reader: inout SettingsReader) -> Timing {
        var timing = Timing()
        for entry in Settings.timing { timing[keyPath: entry.property] = reader.value(entry.setting) }
        return timing
    }
}
