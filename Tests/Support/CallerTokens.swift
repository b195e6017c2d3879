import Crypto
import Foundation

/// HS256 tokens of callers, made here and not by the product.
package struct CallerTokens: Sendable {
    /// `JWT_SECRET` and `SCOPED_JWT_SECRET` of every test host.
    package static let userSecret = "canary-user-secret-0123456789-abcdefghij"
    package static let serviceSecret = "canary-service-secret-0123456789-abcdefghij"

    /// What no test may leave behind: those secrets, the simulated provider's, how its tokens and codes begin, and how the
    /// tokens made here begin.
    package static let canaries = [
        userSecret, serviceSecret, "sandbox-secret", "sandbox_at_", "sandbox_rt_", "sandbox_code_",
        base64URL(Data(header.utf8)),
    ]
    private static let header = #"{"alg":"HS256","typ":"JWT"}"#

    package let organization: String

    package init(organization: String = "org-1") { self.organization = organization }

    /// A user's token.
    package func user(_ id: String = "user-1", role: String = "admin") -> String {
        Self.sign(["orgId": organization, "userId": id, "role": role], with: Self.userSecret)
    }

    /// A service's token.
    package func service(_ scopes: String..., connectors: [String]? = nil, lifetime: Int = 3600) -> String {
        var claims: [String: Any] = ["orgId": organization, "sub": "worker", "scopes": scopes]
        claims["connectors"] = connectors
        return Self.sign(claims, with: Self.serviceSecret, lifetime: lifetime)
    }

    /// A service that may do everything a service can.
    package var everything: String {
        service(
            "connector:read", "connector:write", "connection:write", "token:read", "token:refresh", "token:force",
            "events:read")
    }

    private static func sign(_ claims: [String: Any], with secret: String, lifetime: Int = 3600) -> String {
        var claims = claims
        claims["exp"] = Int(Date().timeIntervalSince1970) + lifetime
        let header = base64URL(Data(Self.header.utf8))
        let payload = base64URL((try? JSONSerialization.data(withJSONObject: claims)) ?? Data())
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(header).\(payload)".utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return "\(header).\(payload).\(base64URL(Data(code)))"
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
