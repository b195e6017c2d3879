import ConnectorSDK

/// The made-up values with which a definition is played: what an organization, a user and the provider would bring.
public struct MadeUpValues: Sendable {
    /// When a value becomes known.
    enum Phase: Int, Comparable {
        /// From the start.
        case consent
        /// The callback brought it.
        case exchange
        /// An answer, or a step after it, brought it.
        case later

        static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    /// The OAuth client's id.
    public let clientID: String
    /// Values of the inputs that have one, by name.
    public let inputs: [String: String]
    private let captured: [String: (value: String, phase: Phase)]

    /// - Parameters:
    ///   - definition: the played one.
    ///   - base: the address below which the role is played; a captured base URL leads there.
    init(_ definition: Definition, base: String) {
        clientID = "client-of-\(definition.id)"
        inputs = Dictionary(
            uniqueKeysWithValues: definition.inputs.compactMap { input in
                Self.value(of: input).map { (input.name, $0) }
            })
        let callback = Set((definition.authorization?.callback.capture ?? [:]).keys)
        let bases = Set(definition.endpoints.compactMap(\.leadingPlaceholder))
        var captured: [String: (String, Phase)] = [:]
        for name in definition.captures {
            let value = bases.contains(name) ? "\(base)/\(name)" : "made-up-\(name.replacing("_", with: "-"))"
            captured[name] = (value, callback.contains(name) ? .exchange : .later)
        }
        self.captured = captured
    }

    /// A captured value.
    func capture(_ name: String) -> String { captured[name]?.value ?? "" }

    /// What placeholders stand for at a time.
    func texts(_ phase: Phase) -> [String: String] {
        var texts = captured.filter { $0.value.phase <= phase }.mapValues(\.value)
        texts.merge(inputs) { captured, _ in captured }
        texts["client_id"] = clientID
        texts["callback_host"] = "127.0.0.1"
        return texts
    }

    /// Optional inputs without example or default stay unset.
    private static func value(of input: Input) -> String? {
        if let known = input.example ?? input.defaultValue ?? input.allowedValues.first { return known }
        guard input.required else { return nil }
        return switch input.format {
        case .text: "made-up"
        case .dnsLabel: "acme"
        case .hostname: "acme.example.com"
        case .baseURL: "https://acme.example.com"
        case .uuid: "00000000-0000-4000-8000-000000000000"
        case .email: "somebody@example.com"
        }
    }
}

extension Definition {
    /// Every endpoint that requests go to.
    var endpoints: [Template] {
        let requests = [token, upgrade, refresh.request, revocation?.request].compactMap(\.self).flatMap(\.endpoint)
        let steps = afterConnect.compactMap { step -> Template? in
            if case .request(let request) = step { request.endpoint } else { nil }
        }
        return (authorization?.endpoint ?? []) + requests + (introspection?.endpoint ?? []) + steps
    }
}

extension Template {
    /// The placeholder at its start.
    var leadingPlaceholder: String? { if case .placeholder(let name)? = segments.first { name } else { nil } }
}
