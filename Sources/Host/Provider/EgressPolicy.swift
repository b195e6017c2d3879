/// Where provider calls may go and through what (DESIGN.md §6 `EGRESS_*`).
package struct EgressPolicy: Sendable, Equatable {
    /// Lets hosts resolve to loopback and private addresses, and allows http to `localhost`, `127.0.0.1` and `[::1]`.
    package var allowPrivate: Bool
    /// `http://` or `https://` URL of a proxy; the address veto then applies to the proxy. The environment is never asked.
    package var proxy: String?
    /// PEM bundle trusted beside the system's.
    package var caFile: String?

    package init(allowPrivate: Bool = false, proxy: String? = nil, caFile: String? = nil) {
        self.allowPrivate = allowPrivate
        self.proxy = proxy
        self.caFile = caFile
    }

    /// The veto on an address about to be connected to, so that no later answer of the DNS can differ (SECURITY 42).
    func permits(_ address: IPAddress) -> Bool {
        switch address.network {
        case .global: true
        case .local: allowPrivate
        case .forbidden: false
        }
    }

    /// https anywhere; http only to this machine, by its literal names.
    func permits(scheme: String, host: String) -> Bool {
        if scheme == "https" { return true }
        return scheme == "http" && allowPrivate && ["localhost", "127.0.0.1", "[::1]"].contains(host)
    }

    var protocols: String { allowPrivate ? "https,http" : "https" }
}

/// A setting the client cannot work with, found at start-up.
package struct EgressError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Which setting.
    package enum Code: String, Sendable {
        case proxyUnusable = "EGRESS_PROXY is not an http:// or https:// URL"
        case caFileUnreadable = "EGRESS_CA_FILE holds no readable PEM certificate"
        case libraryUnusable = "libcurl could not be started"
    }

    package let code: Code
    package var description: String { code.rawValue }
}
