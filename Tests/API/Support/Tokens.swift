import ConnectorSDK
import Crypto
import Foundation
import Model

@testable import API

/// Makes callers' tokens by hand, good ones and forged ones.
enum Tokens {
    static let userSecret = "user-secret-made-up-for-tests-0123456789"
    static let serviceSecret = "service-secret-made-up-for-tests-0123456789"
    static let now: Int64 = 1_800_000_000

    static var user: [String: Any] { ["orgId": "org-1", "userId": "u-1", "role": "admin", "exp": now + 600] }
    static var service: [String: Any] {
        ["orgId": "org-1", "sub": "worker", "scopes": ["token:read", "token:refresh"], "exp": now + 600]
    }

    static func make(
        _ claims: [String: Any], secret: String = userSecret, header: [String: Any] = ["alg": "HS256", "typ": "JWT"]
    ) throws -> String {
        let parts = try [header, claims].map { base64URL(try JSONSerialization.data(withJSONObject: $0)) }
        let signed = parts.joined(separator: ".")
        return signed + "." + base64URL(signature(of: signed, secret: secret))
    }

    static func signature(of text: String, secret: String) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(secret.utf8))))
    }

    static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Claims with some of them changed; nil removes.
    static func user(_ changes: [String: Any?]) -> [String: Any] { changed(user, changes) }
    static func service(_ changes: [String: Any?]) -> [String: Any] { changed(service, changes) }

    private static func changed(_ claims: [String: Any], _ changes: [String: Any?]) -> [String: Any] {
        claims.merging(changes.mapValues { $0 ?? NSNull() }) { _, new in new }.filter { !($0.value is NSNull) }
    }

    static var configuration: APIConfiguration {
        var configuration = APIConfiguration(
            build: BuildInformation(version: "1.2.3", commit: "abc", swift: "6.3", sdk: "1"))
        configuration.port = 0
        configuration.metricsPort = 0
        configuration.userSecret = Secret(userSecret)
        configuration.serviceSecret = Secret(serviceSecret)
        return configuration
    }

    static func authenticator(
        _ configuration: APIConfiguration = configuration, tls: ListenerTLS? = nil
    ) throws -> CallerAuthenticator {
        let keys = try CallerKeys(user: configuration.userSecret, service: configuration.serviceSecret)
        return CallerAuthenticator(keys: keys, configuration: configuration, tls: tls) {
            Timestamp(milliseconds: now * 1000)
        }
    }
}
