import ConnectorSDK
import HTTPTypes
import Model

/// The cookie that ties a callback to the browser which started it (SECURITY 63). With https it is a `__Host-` one,
/// which no other host and no plain connection can set: https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1 and
/// https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
struct FlowCookie: Sendable {
    let name: String
    private let isSecure: Bool

    init(publicURL: String?) {
        isSecure = publicURL?.lowercased().hasPrefix("https://") ?? false
        name = isSecure ? "__Host-tm-flow" : "tm-flow"
    }

    /// The value of `Set-Cookie`. Lax, since the callback is a navigation that comes from another site.
    func set(_ value: Secret, for age: Duration) -> String {
        "\(name)=\(value.reveal()); Path=/; Max-Age=\(age.inMilliseconds / 1000); HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    /// The value that the browser sent; nil when there is none, or when there are two and nobody knows whose they are.
    func value(in headers: HTTPFields) -> Secret? {
        let pairs = headers[values: .cookie].flatMap { $0.split(separator: ";") }
        let values = pairs.compactMap { pair -> Substring? in
            let halves = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return halves.count == 2 && halves[0] == name ? halves[1] : nil
        }
        guard values.count == 1, Shapes.isVisible(values[0], longest: 512) else { return nil }
        return Secret(String(values[0]))
    }
}
