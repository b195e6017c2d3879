import ConnectorSDK
import Foundation
import ProviderSimulator

/// Says what a template must have become when it arrives.
struct ValueScript {
    let definition: Definition
    /// The values that are known at the time.
    let texts: [String: String]
    /// What `{token}` stands for.
    var token: ScriptedValue.Secret?
    /// Whether `{state}` is known.
    var knowsState = false

    /// Nil: it is not sent, for it is one unset optional input, or empty.
    func value(_ template: Template) -> ScriptedValue? {
        if template.segments.count == 1, let name = template.leadingPlaceholder, !knows(name) { return nil }
        let value = joined(template)
        return value == .exactly("") ? nil : value
    }

    /// The first endpoint whose placeholders are all known: its path without the provider's address, and its own query.
    func address(_ endpoints: [Template], at provider: String) -> (path: ScriptedValue, query: [String: ScriptedValue])
    {
        let chosen = endpoints.first { $0.placeholders.allSatisfy(knows) } ?? endpoints.last ?? Template("")
        let halves = chosen.description.prefix { $0 != "#" }.split(separator: "?", maxSplits: 1)
        var query: [String: ScriptedValue] = [:]
        for pair in halves.dropFirst().joined().split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { String($0).removingPercentEncoding ?? "" }
            query[parts[0]] = joined(Template(parts.count > 1 ? parts[1] : ""))
        }
        let path = String(halves.first ?? "").removingPercentEncoding ?? ""
        return (joined(Template(path)).without(provider), query)
    }

    private func knows(_ name: String) -> Bool {
        switch name {
        case "random": true
        case "state": knowsState
        case "token": token != nil
        default: texts[name] != nil
        }
    }

    private func joined(_ template: Template) -> ScriptedValue {
        var prefix = ""
        var suffix = ""
        var secret: ScriptedValue.Secret?
        for segment in template.segments {
            switch segment {
            case .placeholder("random"): return .anything
            case .placeholder("state") where knowsState: secret = .state
            case .placeholder("token"): secret = token
            case .placeholder(let name) where secret == nil: prefix += texts[name] ?? ""
            case .placeholder(let name): suffix += texts[name] ?? ""
            case .literal(let text) where secret == nil: prefix += text
            case .literal(let text): suffix += text
            }
        }
        guard let secret else { return .exactly(prefix) }
        return prefix.isEmpty && suffix.isEmpty ? .secret(secret) : .enclosed(secret, prefix: prefix, suffix: suffix)
    }
}

extension ScriptedValue {
    /// The same without a text at its start.
    fileprivate func without(_ start: String) -> ScriptedValue {
        func rest(_ text: String) -> String { text.hasPrefix(start) ? String(text.dropFirst(start.count)) : text }
        return switch self {
        case .exactly(let text): .exactly(rest(text))
        case .enclosed(let secret, let prefix, let suffix): .enclosed(secret, prefix: rest(prefix), suffix: suffix)
        default: self
        }
    }
}
