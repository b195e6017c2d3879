import ConnectorSDK

/// Where an issuer publishes its metadata.
struct MetadataAddress {
    /// As it was given: metadata must hold the same, to the last character.
    let issuer: String
    let url: StrictURL

    /// Whether the issuer is this machine: then its endpoints may be too.
    var isLoopback: Bool { HostRule.loopbackHosts.contains(url.host) }

    /// Reads an issuer identifier: https, no query, no fragment (RFC 8414 §2).
    /// - Parameter allowsLoopback: `EGRESS_ALLOW_PRIVATE`, which lets http go to this machine.
    init(_ issuer: String, allowsLoopback: Bool) throws(DiscoveryFailure) {
        do {
            url = try StrictURL(issuer, allowsLoopback: allowsLoopback)
        } catch {
            let isLocal = (try? StrictURL(issuer, allowsLoopback: true)) != nil
            let remedy = isLocal ? "EGRESS_ALLOW_PRIVATE=true lets http go to this machine" : error.rawValue
            throw DiscoveryFailure(.wrongIssuer, "`\(CommentText.line(issuer))` cannot be an issuer: \(remedy)")
        }
        guard url.query == nil else {
            throw DiscoveryFailure(.wrongIssuer, "an issuer has no query (RFC 8414 §2)")
        }
        self.issuer = issuer
    }

    /// In the order in which they are asked: RFC 8414 §3.1 puts the well-known name in front of the path, OpenID Connect
    /// Discovery 1.0 §4 behind it, and RFC 8414 §5 knows of servers with OpenID's name in front.
    var candidates: [String] {
        let origin = "\(url.scheme)://\(url.host)\(url.port.map { ":\($0)" } ?? "")"
        let trimmed = url.path.reversed().drop { $0 == "/" }
        let path = String(String(trimmed).reversed())
        let all = [
            "\(origin)/.well-known/oauth-authorization-server\(path)",
            "\(origin)\(path)/.well-known/openid-configuration",
        ]
        return path.isEmpty ? all : all + ["\(origin)/.well-known/openid-configuration\(path)"]
    }
}
