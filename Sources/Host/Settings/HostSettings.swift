package import ConnectorSDK
package import RefreshProtocol

/// All settings of DESIGN.md §6, checked. Made by `load`; a value of this type can be started with.
package struct HostSettings: Sendable {
    package var listener: Listener
    package var logging: LogSettings
    package var storage: Storage
    package var connectors: ConnectorSettings
    package var callers: Callers
    package var addresses: Addresses
    package var egress: Egress
    package var sandbox: Sandbox
    /// `WEBHOOK_URL` and `WEBHOOK_SECRET`; nil: events are not posted anywhere.
    package var webhook: Webhook?
    /// `REFRESH_*` and `LEASE_DURATION`; the inequalities of PROTOCOL.md §3 hold.
    package var timing: Timing
    /// What the operator should know although nothing is wrong: settings that this build has no use for, an API that
    /// nobody can call. Log each once at start.
    package var warnings: [String]
}

extension HostSettings {
    /// Where the host listens.
    package struct Listener: Sendable, Hashable {
        /// `HOST`: a name or an address, without brackets.
        package var host: String
        /// `PORT`; 0: one that is free.
        package var port: Int
        /// `METRICS_PORT`, on `host`; nil: off.
        package var metricsPort: Int?
        /// `HTTP_READ_BUFFER_SIZE` in bytes: receive buffer, and the most that a request's header fields may take.
        package var readBufferSize: Int
        /// `HTTP_WRITE_BUFFER_SIZE` in bytes: high-water mark of what waits to be sent.
        package var writeBufferSize: Int
        /// `TLS_MODE` with its files.
        package var tls = TLS.disabled
        /// `ALLOW_PLAINTEXT`: a public `host` without TLS is wanted.
        package var allowsPlaintext: Bool

        /// Its address as seen from this machine.
        package var url: String {
            "\(tls == .disabled ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    /// `TLS_MODE`, with the paths of the PEM files that were there when the settings were read.
    package enum TLS: Sendable, Hashable {
        case disabled
        /// `TLS_CERT_FILE`, `TLS_KEY_FILE`.
        case enabled(certificate: String, key: String)
        /// `MTLS_CERT_FILE`, `MTLS_KEY_FILE`, `MTLS_CLIENT_CERT_FILE`, `MTLS_CALLERS_FILE`.
        case mutual(certificate: String, key: String, authorities: String, callers: String)
    }

    /// What is logged and how.
    package struct LogSettings: Sendable, Hashable {
        /// `LOG_LEVEL`; the raw values are those of swift-log.
        package enum Level: String, Sendable, CaseIterable {
            case trace, debug, info, notice, warning, error, critical
        }

        /// `LOG_FORMAT`.
        package enum Format: String, Sendable, CaseIterable {
            case json, text
        }

        /// `SUBSYSTEM_NAME`.
        package var subsystem: String
        package var level: Level
        package var format: Format
        /// `LOG_HTTP_REQUESTS`.
        package var logsHTTPRequests: Bool
        /// `DEBUG_REQUESTS_ALLOWED`: a request may ask for a line of its own.
        package var allowsDebugRequests = false
        /// `DEBUG_REQUESTS_REQUIRED`: a known caller's request must.
        package var requiresDebugRequests = false

        /// For commands that log in a way of their own.
        package init(subsystem: String, level: Level, format: Format, logsHTTPRequests: Bool) {
            self.subsystem = subsystem
            self.level = level
            self.format = format
            self.logsHTTPRequests = logsHTTPRequests
        }
    }

    /// What the host keeps on disk.
    package struct Storage: Sendable, Hashable {
        /// `STORE_URL` without `sqlite:`; empty where the store is on PostgreSQL.
        package var databasePath: String
        /// `SPOOL_DIR`.
        package var spoolFolder: String
        /// `KEY_PROVIDER` without `file:`.
        package var keyFile: String
        /// `DEK_CACHE_AGE`: an organization's key leaves the memory when it was unwrapped that long ago.
        package var dataKeyCacheAge: Duration
        /// `STORE_URL` where it is `postgres://…`; nil: the store is the file above.
        package var postgres: Postgres?

        /// What this host keeps beside on its own disk (`admin.sock`, drafts) stands in the folder of this.
        package var placeOnDisk: String { postgres == nil ? databasePath : spoolFolder }
    }

    /// A database on PostgreSQL.
    package struct Postgres: Sendable, Hashable {
        /// As whom the host works: the address may hold a password.
        package var url: Secret
        /// `STORE_MIGRATION_URL`: as whom the schema is brought up to date; nil: as the same.
        package var migrationURL: Secret?
    }

    /// Where definitions come from.
    package struct ConnectorSettings: Sendable, Hashable {
        /// `CONNECTORS_DIR`.
        package var folder: String
    }

    /// How callers prove who they are.
    package struct Callers: Sendable, Hashable {
        /// `JWT_SECRET`, at least 32 bytes; nil: no user is let in.
        package var userSecret: Secret?
        /// `SCOPED_JWT_SECRET`, at least 32 bytes and not the one above; nil: no service is let in.
        package var serviceSecret: Secret?
        /// `JWKS_URL`: where the keys of asymmetric tokens are; nil: no such token is taken.
        package var keySetURL: String?
        /// `JWT_ISSUER`, checked when set.
        package var issuer: String?
        /// `JWT_AUDIENCE`, checked when set.
        package var audience: String?
        /// `JWT_LEEWAY`.
        package var leeway: Duration
        /// `CALLER_RATE_LIMIT`: requests of each caller; nil: no limit.
        package var rateLimit: RateLimit?
    }

    /// Addresses that browsers see.
    package struct Addresses: Sendable, Hashable {
        /// `PUBLIC_URL` without trailing slash; where it is not set, the listener's own address.
        package var publicURL: String
        /// `FRONTEND_URL`.
        package var frontendURL: String?
        /// `RETURN_URLS`, as written: the exact allow-list of `return_to`.
        package var returnURLs: [String]
    }

    /// How provider calls leave.
    package struct Egress: Sendable, Hashable {
        /// `EGRESS_ALLOW_PRIVATE`.
        package var allowsPrivate: Bool
        /// `EGRESS_PROXY`: an http or https URL.
        package var proxy: String?
        /// `EGRESS_CA_FILE`: a file that was there when the settings were read.
        package var caFile: String?
    }

    /// Where events are posted.
    package struct Webhook: Sendable, Hashable {
        /// `WEBHOOK_URL`: many receivers have a secret in the path.
        package var url: Secret
        /// `WEBHOOK_SECRET` as Standard Webhooks writes it, whichever way it was given: `whsec_` and base64.
        package var secret: Secret
    }

    /// The sandbox provider of `make run`.
    package struct Sandbox: Sendable, Hashable {
        /// `SANDBOX_PORT`.
        package var port: Int
    }
}
