import ConnectorSDK
import Definitions
import Foundation
import Model
import Secrets

/// A checked change of a client's config.
struct ConfigChange: Sendable {
    private let update: ConfigUpdate
    private let definition: Definition
    private let rotation: Change<RotationClass>

    /// - Throws: `invalid_input` with a field for every wrong member.
    init(_ update: ConfigUpdate, definition: Definition) throws {
        var fields: [PipelineError.Field] = []
        self.update = update
        self.definition = definition
        fields += Self.check(inputs: update.inputs, definition)
        let wrong = Self.check(secrets: update.secrets)
        fields += wrong
        if wrong.isEmpty { fields += definition.problems(withKeys: update.secrets.compactMapValues(\.value)) }
        let inputs = update.inputs.compactMapValues { $0.map { Secret($0) }.value }
        fields += definition.problems(withKeys: inputs, at: "inputs.")
        if case .set(let uris) = update.redirectURIs { fields += Self.check(uris: uris) }
        if case .set(let hosts) = update.hosts {
            fields += Self.check(hosts: hosts, definition)
        }
        fields += Self.check(lifetimes: update)
        rotation = Self.rotation(update, &fields)
        try PipelineError.refuse(fields, "The config is not right.")
    }

    /// Writes the change into a record; secrets are sealed here.
    func apply(to record: inout ClientRecord, sealer: Sealer) throws {
        Self.apply(update.clientID) { record.clientID = $0 }
        Self.apply(update.redirectURIs) { record.redirectURIs = $0 ?? [] }
        Self.apply(update.scopes) { record.scopes = $0 }
        try apply(to: &record.settings)
        var secrets = update.secrets
        if update.removesInputs {
            record.inputs = [:]
            for name in record.sealedSecrets.keys where !ClientRules.materialNames.contains(name) {
                secrets[name] = .remove
            }
        }
        for (name, change) in update.inputs {
            if definition.input(name)?.secret == true {
                secrets[name] = change.map { Secret($0) }
            } else {
                Self.apply(change) { record.inputs[name] = $0 }
            }
        }
        try record.take(secrets, sealer: sealer)
    }

    /// The part that is the client's settings.
    /// - Throws: `invalid_input` where they would not go together with what is there.
    func apply(to settings: inout ClientRecord.Settings) throws(PipelineError) {
        Self.apply(update.hosts) { settings.hosts = $0 }
        try applyRotation(to: &settings)
        Self.apply(update.idleLifetime) { settings.idleLifetime = $0 }
        Self.apply(update.absoluteLifetime) { settings.absoluteLifetime = $0 }
        Self.apply(update.exchangeWithoutState) { settings.exchangeWithoutState = $0 ?? false }
        try checkLifetimes(settings)
    }

    /// An overlap alone is that of the class which the config names already; beside another it would count for nothing.
    private func applyRotation(to settings: inout ClientRecord.Settings) throws(PipelineError) {
        let isOverlap = if case .overlap? = settings.rotation { true } else { false }
        switch (rotation, update.overlap) {
        case (.unchanged, .set(let text)) where isOverlap:
            guard let changed = RotationClass(config: "overlap", overlap: text) else {
                throw .invalid("settings.overlap", "is longer than 0s")
            }
            settings.rotation = changed
        case (.unchanged, .set), (.remove, .set):
            throw .invalid("settings.overlap", "goes with settings.rotation overlap; give both")
        case (.unchanged, .remove) where isOverlap:
            throw .invalid("settings.overlap", "the rotation overlap has one; give another rotation, or null for both")
        default: Self.apply(rotation) { settings.rotation = $0 }
        }
    }

    /// As lint's rule `lifetimes`. What the config does not set is the definition's, whose own two are lint's business.
    private func checkLifetimes(_ settings: ClientRecord.Settings) throws(PipelineError) {
        guard update.changesLifetimes, settings.idleLifetime != nil || settings.absoluteLifetime != nil,
            let idle = settings.idleLifetime ?? definition.refresh.idleLifetime,
            let absolute = settings.absoluteLifetime ?? definition.refresh.absoluteLifetime, idle > absolute
        else { return }
        // The one that this change is about, be it that it is removed.
        var name = "idle_lifetime"
        if case .unchanged = update.idleLifetime { name = "absolute_lifetime" }
        throw .invalid(
            "settings.\(name)", "the idle_lifetime would be longer than the absolute_lifetime, and never count")
    }

    private static func apply<Value>(_ change: Change<Value>, _ write: (Value?) -> Void) {
        switch change {
        case .unchanged: break
        case .remove: write(nil)
        case .set(let value): write(value)
        }
    }

    private static func check(inputs: [String: Change<String>], _ definition: Definition) -> [PipelineError.Field] {
        let known = definition.inputs.filter { $0.per == .organization }
        return inputs.sorted { $0.key < $1.key }.compactMap { name, change in
            guard let input = known.first(where: { $0.name == name }) else {
                return .init("inputs.\(name)", "is no organization input of \(definition.id)")
            }
            guard case .set(let value) = change, let problem = input.problem(with: value) else { return nil }
            return .init("inputs.\(name)", problem)
        }
    }

    /// The literal `set` is what reads show: writing it back is a mistake (DESIGN.md §7).
    static func check(secrets: [String: Change<Secret>], inputs: [String: Input] = [:]) -> [PipelineError.Field] {
        secrets.sorted { $0.key < $1.key }.compactMap { name, change in
            guard case .set(let secret) = change else { return nil }
            if secret.reveal() == "set" { return .init(name, "the literal `set` is what reads show, not a value") }
            if secret.isEmpty || secret.reveal().unicodeScalars.count > 65_536 {
                return .init(name, "has 1 to 65536 characters")
            }
            return (inputs[name]?.problem(with: secret.reveal()) ?? shapeProblem(of: secret, named: name))
                .map { .init(name, $0) }
        }
    }

    /// What is no key or certificate at all would else be found at the first call only.
    private static func shapeProblem(of secret: Secret, named name: String) -> String? {
        switch name {
        case "client_private_key" where !secret.isPrivateKey: "is a private key as PEM, or a JWK"
        case "client_certificate" where !secret.isCertificate: "is a certificate as PEM, with its chain"
        default: nil
        }
    }

    /// They say what `organization` in the definition's hosts stands for, and nothing else.
    private static func check(hosts: [String], _ definition: Definition) -> [PipelineError.Field] {
        if !hosts.isEmpty, !definition.hosts.contains(.organization) {
            return [.init("settings.hosts", "\(definition.id) bounds its hosts itself; leave it out")]
        }
        return hosts.compactMap { host in
            switch HostRule(text: host) {
            case nil, .organization?, .any?:
                PipelineError.Field("settings.hosts", "each is host[:port] or .suffix; \(host.prefix(64)) is neither")
            case .suffix(let suffix)? where HostRule.isPublic(suffix: suffix):
                PipelineError.Field("settings.hosts", "anybody can have a host below \(suffix); name your own")
            default: nil
            }
        }
    }

    private static func check(uris: [String]) -> [PipelineError.Field] {
        var seen: Set<String> = []
        return uris.compactMap { uri in
            guard seen.insert(uri).inserted else {
                return .init("redirect_uris", "names \(uri.prefix(64)) more than once")
            }
            // RFC 3986: other characters stand percent-encoded in a URI, and providers compare them byte for byte.
            guard uri.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let url = URL(string: uri),
                let scheme = url.scheme, let host = url.host(), url.user() == nil, url.fragment() == nil,
                (0...65_535).contains(url.port ?? 0), scheme == "https" || (scheme == "http" && loopback.contains(host))
            else {
                return .init(
                    "redirect_uris",
                    "each is an absolute https URL, percent-encoded, without user name and fragment (http on loopback)")
            }
            return nil
        }
    }

    /// As URLs name this machine, the brackets of an address left out or not.
    private static let loopback: Set = ["127.0.0.1", "localhost", "[::1]", "::1"]

    private static func check(lifetimes update: ConfigUpdate) -> [PipelineError.Field] {
        [("idle_lifetime", update.idleLifetime), ("absolute_lifetime", update.absoluteLifetime)].compactMap {
            name, change in
            guard case .set(let lifetime) = change, lifetime <= .zero else { return nil }
            return .init("settings.\(name)", "is longer than 0s")
        }
    }

    private static func rotation(
        _ update: ConfigUpdate, _ fields: inout [PipelineError.Field]
    ) -> Change<RotationClass> {
        switch update.rotation {
        case .unchanged: return .unchanged
        case .remove: return .remove
        case .set(let name):
            guard let rotation = RotationClass(config: name, overlap: update.overlap.value) else {
                fields.append(
                    .init(
                        "settings.rotation",
                        "is static, single_use, single_use_family, or overlap with settings.overlap"))
                return .unchanged
            }
            return .set(rotation)
        }
    }
}

extension ConfigUpdate {
    fileprivate var changesLifetimes: Bool {
        if case (.unchanged, .unchanged) = (idleLifetime, absoluteLifetime) { false } else { true }
    }
}

extension Change {
    var value: Value? { if case .set(let value) = self { value } else { nil } }

    func map<Other>(_ transform: (Value) -> Other) -> Change<Other> {
        switch self {
        case .unchanged: .unchanged
        case .remove: .remove
        case .set(let value): .set(transform(value))
        }
    }
}

extension RotationClass {
    /// As a config names it. A late replay is taken for theft unless the definition says otherwise.
    init?(config name: String, overlap: String?) {
        switch (name, overlap) {
        case ("static", nil): self = .static
        case ("single_use", nil): self = .singleUse
        case ("single_use_family", nil): self = .singleUseFamily
        case ("overlap", "until_used"?): self = .overlap(.untilUsed)
        case ("overlap", let text?):
            guard let window = DurationText.read(text), window > .zero else { return nil }
            self = .overlap(.window(window, afterWindow: .revoke))
        default: return nil
        }
    }
}

extension ClientRecord {
    /// Writes changes of secrets, sealed here.
    mutating func take(_ changes: [String: Change<Secret>], sealer: Sealer) throws {
        for (name, change) in changes {
            switch change {
            case .unchanged: break
            case .remove: sealedSecrets[name] = nil
            case .set(let secret):
                sealedSecrets[name] = try sealer.seal(
                    Data(secret.reveal().utf8), for: .clientSecret(of: key, name: name))
            }
        }
    }
}

extension Secret {
    /// A PEM block of some private key, or an object such as a JWK is.
    fileprivate var isPrivateKey: Bool {
        let text = reveal().trimmingCharacters(in: .whitespacesAndNewlines)
        if text.hasPrefix("{") {
            guard case .object(let members)? = try? JSONReader.read(text.utf8) else { return false }
            return members["kty"] != nil
        }
        return text.contains("PRIVATE KEY-----")
    }

    fileprivate var isCertificate: Bool { reveal().contains("-----BEGIN CERTIFICATE-----") }
}
