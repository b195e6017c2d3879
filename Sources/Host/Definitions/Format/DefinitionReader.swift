import ConnectorSDK

/// Turns the tree of one file, `extends` applied, into a definition.
struct DefinitionReader {
    /// What came of a file: a definition only when nothing in it is wrong.
    struct Outcome {
        var definition: Definition?
        var sources: SourceMap
        var diagnostics: [Diagnostic]
    }

    /// Compiled connectors that exist.
    let connectors: Set<String>
    /// The names of the folder's files, without `.yaml`.
    let siblings: Set<String>

    /// - Parameter written: the file's own tree, where it extends another: what it removes is in the merged one no more.
    func read(_ root: YAMLNode, written: YAMLNode? = nil, fileID: String) -> Outcome {
        let decoding = Decoding()
        if let written { Removals.check(written, against: Format1.description, "", decoding) }
        decoding.record("", value: root.position)
        var draft = DefinitionDraft()
        if Format1.root.read(root, into: &draft, "", decoding) {
            let definition = assemble(draft, decoding)
            let check = Checking(
                definition: definition, writtenHosts: draft.hosts, writtenSend: draft.scopes.send ?? [],
                fileID: fileID, siblings: siblings, connectors: connectors, decoding: decoding)
            draft.definition = definition
            draft.definition.hosts = draft.hosts ?? HostChecks.derived(check)
            for run in Checking.all { run(check) }
        }
        let diagnostics = decoding.diagnostics.sorted()
        return Outcome(
            definition: decoding.hasErrors ? nil : draft.definition, sources: decoding.sources, diagnostics: diagnostics
        )
    }

    /// Puts in place what depends on several keys.
    private func assemble(_ draft: DefinitionDraft, _ decoding: Decoding) -> Definition {
        var definition = draft.definition
        if let token = draft.token { definition.token = token }
        definition.scopes = draft.scopes.rules
        let hasConsent = !(definition.authorization?.endpoint.isEmpty ?? true)
        definition.scopes.send = Set(draft.scopes.send ?? [hasConsent ? .authorization : .token])
        definition.refresh = RefreshAssembly(draft: draft, decoding: decoding).rules()
        definition.examples = draft.examples.map(\.example)
        return definition
    }
}

/// Makes the refresh rules of their keys: the rotation class is written with three of them.
struct RefreshAssembly {
    let draft: DefinitionDraft
    let decoding: Decoding

    func rules() -> RefreshRules {
        let refresh = draft.refresh ?? RefreshDraft(rules: Format1.inheritedRefresh(from: draft.token))
        var rules = refresh.rules
        let grants = draft.definition.grants
        let hasNoRefreshToken = !grants.isEmpty && grants.allSatisfy(\.isRedeemedAgain)
        rules.uses = refresh.uses ?? (hasNoRefreshToken ? .regrant : .refreshToken)
        rules.rotation = rotation(refresh, uses: rules.uses)
        return rules
    }

    private func rotation(_ refresh: RefreshDraft, uses: RefreshRules.Uses) -> RotationClass {
        if refresh.rotation != .overlap, refresh.overlap != nil {
            find(
                "overlap", "`overlap` is for rotation: overlap", hint: "remove it, or change the class",
                key: "refresh.overlap")
        }
        if refresh.afterWindow != nil, !isWindow(refresh.overlap) {
            find(
                "overlap", "`after_window` is for an overlap with a duration", hint: "remove it",
                key: "refresh.after_window")
        }
        if refresh.uses == .regrant, !draft.definition.grants.allSatisfy(\.isRedeemedAgain) {
            find(
                "regrant-grant", "a code is redeemed once: there is no grant to redeem again (RFC 6749 §4.1.2)",
                hint: "remove it: a grant that can be redeemed again is, whatever stands here", key: "refresh.uses")
        } else if uses == .regrant, let name = refresh.rotation, name != .static {
            find(
                "regrant-static", "a grant redeemed again is never spent", hint: "remove it: the class is static",
                key: "refresh.rotation")
        }
        switch refresh.rotation {
        case .static: return .static
        case .singleUse: return .singleUse
        case .overlap: return overlap(refresh)
        case .singleUseFamily: return .singleUseFamily
        case nil: return uses == .regrant ? .static : .singleUseFamily
        }
    }

    private func overlap(_ refresh: RefreshDraft) -> RotationClass {
        switch refresh.overlap {
        case .untilUsed: return .overlap(.untilUsed)
        case .window(let window):
            if window <= .zero {
                find(
                    "duration-zero", "`overlap` must be positive", hint: "without overlap the class is single_use",
                    key: "refresh.overlap")
            }
            return .overlap(.window(window, afterWindow: refresh.afterWindow ?? .revoke))
        case nil:
            find(
                "overlap", "rotation: overlap needs `overlap`", hint: "a duration such as 30s, or until_used",
                key: "refresh.rotation")
            return .singleUseFamily
        }
    }

    private func isWindow(_ overlap: RefreshDraft.Overlap?) -> Bool {
        if case .window = overlap { true } else { false }
    }

    /// What `rotation` or `overlap` would have said is unknown when it could not be read.
    private func find(_ rule: String, _ message: String, hint: String, key path: String) {
        if ["grants", "refresh.rotation", "refresh.overlap", "refresh.uses"].contains(where: decoding.isBroken) {
            return
        }
        guard let position = decoding.sources.key(path) else { return }
        decoding.find(.error, rule, message, hint: hint, at: position, about: path)
    }
}
