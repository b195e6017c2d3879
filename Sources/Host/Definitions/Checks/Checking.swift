import ConnectorSDK

/// What a check sees: one decoded definition, where its parts were written, and a way to say what is wrong.
struct Checking {
    let definition: Definition
    /// `hosts` as written; nil when they are derived.
    let writtenHosts: [HostRule]?
    /// `scopes.send` as written; empty where it is not.
    let writtenSend: [ScopeRules.Place]
    /// The file's name without `.yaml`.
    let fileID: String
    /// The names of all files of the folder, without `.yaml`.
    let siblings: Set<String>
    /// Compiled connectors that exist.
    let connectors: Set<String>
    let decoding: Decoding
    /// Every URL that is called or shown, in the format's order.
    let urls: [ReachingURL]

    init(
        definition: Definition, writtenHosts: [HostRule]?, writtenSend: [ScopeRules.Place], fileID: String,
        siblings: Set<String>, connectors: Set<String>, decoding: Decoding
    ) {
        self.definition = definition
        self.writtenHosts = writtenHosts
        self.writtenSend = writtenSend
        self.fileID = fileID
        self.siblings = siblings
        self.connectors = connectors
        self.decoding = decoding
        urls = URLChecks.urls(of: definition, decoding)
    }

    var sources: SourceMap { decoding.sources }

    /// All checks. Each looks at one kind of mistake.
    static let all: [@Sendable (Checking) -> Void] = [
        IdentityChecks.run, GrantChecks.run, ClientChecks.run, AssertionChecks.run, NameChecks.run, InputChecks.run,
        PlaceholderChecks.run, CaptureChecks.run, URLChecks.run, HostChecks.run, ParameterChecks.run, HeaderChecks.run,
        RefreshChecks.run, ResponseChecks.run, ExampleChecks.run, LintRules.run,
    ]

    /// Reports a mistake in the value at a path.
    func find(_ rule: String, _ message: String, hint: @autoclosure () -> String? = nil, at path: String) {
        report(.error, rule, message, hint(), sources.value(path), path)
    }

    /// Reports a mistake in the key at a path.
    func findKey(_ rule: String, _ message: String, hint: @autoclosure () -> String? = nil, at path: String) {
        report(.error, rule, message, hint(), sources.key(path), path)
    }

    /// Reports something at a path that works but should be looked at.
    func warn(_ rule: String, _ message: String, hint: @autoclosure () -> String? = nil, at path: String) {
        report(.warning, rule, message, hint(), sources.value(path), path)
    }

    func report(
        _ severity: Diagnostic.Severity, _ rule: String, _ message: String, _ hint: @autoclosure () -> String?,
        _ position: SourcePosition?, _ path: String
    ) {
        guard let position else { return }
        decoding.find(severity, rule, message, hint: hint(), at: position, about: path)
    }

    /// Names that every definition has.
    static let builtIns = ["client_id", "random", "callback_host", "state", "token"]
}

extension Definition {
    /// Captured names with the path of each, in the format's order.
    var captures: [(name: String, path: String)] {
        var found: [(String, String)] = []
        func add(_ names: some Sequence<String>, _ path: String) {
            found += names.sorted().map { ($0, "\(path).\($0)") }
        }
        add((authorization?.callback.capture ?? [:]).keys, "authorization.callback.capture")
        add(response.capture.keys, "response.capture")
        for (index, step) in afterConnect.enumerated() {
            switch step {
            case .request(let request): add(request.capture.keys, "after_connect[\(index)].capture")
            case .claims(_, let capture): add(capture.keys, "after_connect[\(index)].capture")
            }
        }
        return found
    }
}
