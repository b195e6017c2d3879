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

    /// The value of `Set-Cookie`: of this flow, and of those that the browser has under way already, the newest last. Lax,
    /// since the callback is a navigation that comes from another site.
    func set(_ value: Secret, beside others: [Secret] = [], for age: Duration) -> String {
        let values = (others.suffix(Self.most - 1) + [value]).map { $0.reveal() }.joined(separator: ".")
        return "\(name)=\(values); Path=/; Max-Age=\(age.inMilliseconds / 1000); HttpOnly; SameSite=Lax"
            + (isSecure ? "; Secure" : "")
    }

    /// Flows of one browser at a time; of more than that the eldest is forgotten.
    static let most = 8

    /// The values that the browser sent; none when there are two cookies and nobody knows whose they are.
    func values(in headers: HTTPFields) -> [Secret] {
        let pairs = headers[values: .cookie].flatMap { $0.split(separator: ";") }
        let values = pairs.compactMap { pair -> Substring? in
            let halves = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return halves.count == 2 && halves[0] == name ? halves[1] : nil
        }
        guard values.count == 1, Shapes.isVisible(values[0], longest: 512) else { return [] }
        return values[0].split(separator: ".").filter { Shapes.isTicket($0) }.suffix(Self.most).map {
            Secret(String($0))
        }
    }
}
