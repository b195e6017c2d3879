/// The settings of DESIGN.md §6.
enum Settings {}

/// The listener, its addresses, the logs.
extension Settings {
    static let host = Setting("HOST", default: "127.0.0.1", Format.host)
    static let port = Setting("PORT", default: 8080, Format.port)
    static let metricsPort = Setting("METRICS_PORT", default: 9994, Format.port)
    static let allowPlaintext = Setting("ALLOW_PLAINTEXT", default: false, Format.flag)
    static let tlsMode = Setting("TLS_MODE", default: TLSMode.disabled, Format.choice)
    static let tlsCertificate = Setting(optional: "TLS_CERT_FILE", Format.existingFile)
    static let tlsKey = Setting(optional: "TLS_KEY_FILE", Format.existingFile)
    static let mutualCertificate = Setting(optional: "MTLS_CERT_FILE", Format.existingFile)
    static let mutualKey = Setting(optional: "MTLS_KEY_FILE", Format.existingFile)
    static let clientAuthorities = Setting(optional: "MTLS_CLIENT_CERT_FILE", Format.existingFile)
    static let clientCallers = Setting(optional: "MTLS_CALLERS_FILE", Format.existingFile)
    static let readBufferSize = Setting(
        "HTTP_READ_BUFFER_SIZE", default: 4096, aliases: ["FIBER_READ_BUFFER_SIZE"], Format.bufferSize)
    static let writeBufferSize = Setting(
        "HTTP_WRITE_BUFFER_SIZE", default: 4096, aliases: ["FIBER_WRITE_BUFFER_SIZE"], Format.bufferSize)
    /// Accepted without a meaning: deployments of the predecessor set it.
    static let fiberImmutable = Setting("FIBER_IMMUTABLE", default: false, Format.flag)

    static let publicURL = Setting(optional: "PUBLIC_URL", Format.baseURL)
    static let frontendURL = Setting(optional: "FRONTEND_URL", Format.webURL)
    static let returnURLs = Setting("RETURN_URLS", default: [], Format.webURLs)

    static let subsystem = Setting("SUBSYSTEM_NAME", default: "token-manager", Format.name)
    static let logHTTPRequests = Setting("LOG_HTTP_REQUESTS", default: true, Format.flag)
    static let allowsDebugRequests = Setting("DEBUG_REQUESTS_ALLOWED", default: false, Format.flag)
    static let requiresDebugRequests = Setting("DEBUG_REQUESTS_REQUIRED", default: false, Format.flag)
    static let logLevel = Setting("LOG_LEVEL", default: HostSettings.LogSettings.Level.info, Format.choice)
    static let logFormat = Setting("LOG_FORMAT", default: HostSettings.LogSettings.Format.json, Format.choice)

    static let listenerNames: [any NamedSetting] = [
        host, port, metricsPort, allowPlaintext, tlsMode, tlsCertificate, tlsKey, mutualCertificate, mutualKey,
        clientAuthorities, clientCallers, readBufferSize, writeBufferSize, fiberImmutable,
        publicURL, frontendURL, returnURLs, subsystem, logHTTPRequests, allowsDebugRequests,
        requiresDebugRequests, logLevel, logFormat,
    ]
}
