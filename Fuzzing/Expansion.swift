import ConnectorSDK
import Foundation

/// Expands endpoints and holds what comes out against the rules, by other code than the engine's.
struct Expansion {
    let definition: Definition
    let context: ConnectorContext

    init(definition: Definition, values: [String: String]) {
        self.definition = definition
        context = ConnectorContext(
            clientID: "client", values: values, secrets: ["token"], callbackHost: "callback.example",
            allowsLoopback: true, random: "f3c1d0c2-7a1e-4a3b-9c55-0d1f2e3a4b5c")
    }

    /// A value for each input that its format would take.
    static func standIns(_ definition: Definition) -> [String: String] {
        var values: [String: String] = [:]
        for input in definition.inputs where !input.secret {
            values[input.name] = input.example ?? input.defaultValue ?? input.allowedValues.first ?? "acme"
        }
        return values
    }

    /// Whatever is written lies within `hosts`, and everybody reads the same URL in it.
    func check(_ endpoints: [Template]) {
        let values = TemplateValues(definition, context)
        for endpoint in endpoints {
            guard let url = try? EndpointRules(definition, context).url(of: [endpoint], values, at: "endpoint") else {
                continue
            }
            let text = url.description
            let again = try? StrictURL(text, allowsLoopback: true, namesSecrets: true)
            invariant(again == url, "what was written reads otherwise: \(text)")
            invariant(isWithinHosts(url), "outside hosts: \(text)")
            Self.check(url)
        }
    }

    /// A URL that passed is one for others, too: libcurl's and Foundation's readers see the host that was checked.
    static func check(_ url: StrictURL) {
        let text = url.description
        invariant(url.scheme == "https" || HostRule.loopbackHosts.contains(url.host), "plain http: \(text)")
        invariant(!text.contains("@") || !text.prefix { $0 != "/" }.contains("@"), "user info: \(text)")
        invariant(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }, "characters: \(text)")
        let plain = text.replacing("{", with: "%7B").replacing("}", with: "%7D")
        let other = URLComponents(string: plain)
        // As it is written: `host` would translate names of other scripts, and gives none for what is no such name.
        let host = other?.encodedHost
        invariant(host?.lowercased() == url.host || host == url.host.trimmingBrackets, "host: \(text)")
        invariant(other?.port == url.port && other?.user == nil && other?.fragment == nil, "parts: \(text)")
        let segments = (other?.path ?? "").split(separator: "/")
        invariant(!segments.contains(".") && !segments.contains(".."), "dot segments: \(text)")
    }

    private func isWithinHosts(_ url: StrictURL) -> Bool {
        definition.hosts.contains { rule in
            switch rule {
            case .host(let host, let port):
                url.host == host && (url.port ?? 443) == (port ?? (url.scheme == "https" ? 443 : 80))
                    || url.host == host && url.scheme == "http" && (url.port ?? 80) == (port ?? 80)
            case .suffix(let suffix):
                url.host.split(separator: ".").count > suffix.split(separator: ".").count
                    && Array(url.host.split(separator: ".").suffix(suffix.split(separator: ".").count))
                        == suffix.lowercased().split(separator: ".")
            case .loopback(let host): url.host == host
            case .organization: false
            case .any: definition.client.perConnection
            }
        }
    }
}

extension String {
    fileprivate var trimmingBrackets: String { trimmingCharacters(in: CharacterSet(charactersIn: "[]")) }
}
