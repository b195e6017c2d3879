package import ConnectorSDK

/// What the composition root tells the API; the settings' names are those of DESIGN.md §6.
package struct APIConfiguration: Sendable {
    /// `HOST`.
    package var host = "127.0.0.1"
    /// `PORT`; 0 takes any free one.
    package var port = 8080
    /// `METRICS_PORT`; 0 takes any free one. Where the setting is 0 no metrics server is made.
    package var metricsPort = 9994
    /// `PUBLIC_URL`: with https, cookies are `__Host-` ones.
    package var publicURL: String?
    /// `LOG_HTTP_REQUESTS`.
    package var logHTTPRequests = true
    /// `JWT_SECRET`: users. Nil: no user is let in.
    package var userSecret: Secret?
    /// `SCOPED_JWT_SECRET`: services. Nil: no service is let in.
    package var serviceSecret: Secret?
    /// `JWT_ISSUER`, checked when set.
    package var issuer: String?
    /// `JWT_AUDIENCE`, checked when set.
    package var audience: String?
    /// `JWT_LEEWAY`: how far the issuer's clock may be off.
    package var leeway = Duration.seconds(30)
    /// `CALLER_RATE_LIMIT`: requests of each caller. Nil: no limit.
    package var callerRateLimit: RateLimit?
    /// `DEBUG_REQUESTS_ALLOWED`: a request may ask for a line of its own in the log.
    package var allowsDebugRequests = false
    /// `DEBUG_REQUESTS_REQUIRED`: a known caller's request must.
    package var requiresDebugRequests = false
    /// `HTTP_READ_BUFFER_SIZE` in bytes: receive buffer, and the most that a request's header fields may take together.
    package var readBufferSize = 4096
    /// `HTTP_WRITE_BUFFER_SIZE` in bytes: high-water mark of what waits to be sent on one connection.
    package var writeBufferSize = 4096
    /// A connection on which no request runs and nothing arrives is closed after this.
    package var idleTimeout = Duration.seconds(75)
    /// A request is here to its end this long after its head, or its connection is closed. The longest body that is taken
    /// needs that long at 140 kbit/s.
    package var requestTimeout = Duration.seconds(60)
    /// A stream holds a connection, its buffers and a task for hours; but a fleet of workers shares one name, and each has
    /// a stream of its own. A quarter of the files that a process has open at most, where nobody has said more.
    static let mostStreams = 256
    /// Streams that one caller may have open at once.
    package var streamsPerCaller = mostStreams
    /// How many of the longest bodies one caller may have under way at once. 64 MiB: so much memory one caller can hold,
    /// however slowly it sends. With bodies as they are, of a few hundred bytes, that is more requests at once than there
    /// are connections.
    package var bodiesPerCaller = 64
    /// Connections that the API has open at once; more wait until one closes. Nil: as many as come.
    package var mostConnections: Int?
    package var build: BuildInformation

    package init(build: BuildInformation) { self.build = build }
}

/// What `GET /build` tells.
package struct BuildInformation: Sendable {
    package var version: String
    package var commit: String
    package var swift: String
    package var sdk: String

    package init(version: String, commit: String, swift: String, sdk: String) {
        self.version = version
        self.commit = commit
        self.swift = swift
        self.sdk = sdk
    }
}

/// Why the API does not start, in words for the operator; names settings, never their values.
package struct APIConfigurationError: Error, Sendable, CustomStringConvertible {
    package let description: String
}
