import ConnectorSDK

/// What the callback brings, and when what is captured has a value.
enum CaptureChecks {
    /// Good for one exchange, or secret: a capture is stored in clear and served with the token (SECURITY 12, 18, 61).
    private static let unpublished: Set<String> = [
        "state", "code_verifier", "client_secret", "access_token", "refresh_token", "id_token", "device_code",
    ]
    /// What else stands in a callback (RFC 6749 §4.1.2, RFC 9207 §2).
    private static let notTheCode: Set<String> = ["state", "iss", "error", "error_description", "error_uri"]

    static func run(_ check: Checking) {
        if let callback = check.definition.authorization?.callback { inspect(callback, check) }
        if !check.definition.captures.isEmpty { order(check) }
    }

    private static func inspect(_ callback: CallbackRules, _ check: Checking) {
        if notTheCode.contains(callback.code) || callback.code.isEmpty {
            check.find(
                "callback-code", "the code does not come as `\(callback.code)`",
                hint: "name the parameter that holds it; left out it is `code`", at: "authorization.callback.code")
        }
        for (name, parameter) in callback.capture where unpublished.contains(parameter) || parameter == callback.code {
            check.find(
                "capture-code", "the callback's `\(parameter)` would be served and stored in clear",
                hint: "remove it; the engine reads it by itself", at: "authorization.callback.capture.\(name)")
        }
    }

    /// A request cannot hold what only a later answer brings.
    private static func order(_ check: Checking) {
        // What is also an input, or means something else, has a value; that its name is taken is reported by itself.
        let captures = check.definition.captures.filter { name, _ in
            check.definition.input(name) == nil && NameChecks.meaning(of: name) == nil
        }
        if captures.isEmpty { return }
        let uses = check.definition.templateUses(check.sources)
        for use in uses {
            let known = captures.filter { isKnown($0.path, for: use.path) }.map(\.name)
            let late = Set(captures.map(\.name)).subtracting(known)
            guard let name = use.template.placeholders.first(where: late.contains) else { continue }
            // Of a list another endpoint is used instead.
            if let list = list(of: use),
                uses.contains(where: { self.list(of: $0) == list && late.isDisjoint(with: $0.template.placeholders) })
            {
                continue
            }
            check.find(
                "late-capture", "`\(name)` has no value yet when this request is made", hint: remedy(for: use.path),
                at: use.path)
        }
    }

    /// Whether what is captured there can stand in a request of that key. Refresh and revocation come after everything.
    private static func isKnown(_ capture: String, for use: String) -> Bool {
        if isConsent(use) { return false }
        let isOfCallback = capture.hasPrefix("authorization.callback.")
        if isExchange(use) { return isOfCallback }
        let isOfAnswer = isOfCallback || capture.hasPrefix("response.")
        if use.hasPrefix("upgrade.") { return isOfAnswer }
        guard let step = step(of: use) else { return true }
        return isOfAnswer || (self.step(of: capture) ?? step) < step
    }

    private static func isConsent(_ path: String) -> Bool {
        path.hasPrefix("authorization.") || path.hasPrefix("device_authorization.")
    }

    private static func isExchange(_ path: String) -> Bool {
        path.hasPrefix("token.") || path.hasPrefix("client.assertion.") || path.hasPrefix("assertion.")
    }

    /// The number in `after_connect[2].get`.
    private static func step(of path: String) -> Int? {
        guard path.hasPrefix("after_connect[") else { return nil }
        return Int(path.dropFirst("after_connect[".count).prefix { $0 != "]" })
    }

    /// `token.endpoint` for the entries of a list of endpoints.
    private static func list(of use: TemplateUse) -> Substring? {
        guard use.place == .endpoint, use.path.hasSuffix("]") else { return nil }
        return use.path.lastIndex(of: "[").map { use.path[..<$0] }
    }

    private static func remedy(for path: String) -> String {
        if isConsent(path) { return "ask for it under `inputs`" }
        return isExchange(path)
            ? "capture it from the callback, or ask for it under `inputs`" : "capture it in a step above"
    }
}
