import ConnectorSDK

/// Looks at definitions that have no mistake for what should be thought about again. One function for each rule.
enum LintRules {
    static let all: [@Sendable (Checking) -> Void] = [
        unusedInputs, unreachableHosts, unreachableEndpoints, optionalEndpoints, shadowedParameters,
        repeatedQuery, issuerQuery, revocationInQuery, publicSuffix, shortWindow, deadline, uncheckedIdentity,
        staticPublicClient, neverExpires,
        duplicateEntries, shadowedRows, keysOfNobody, emptyGrantNames,
    ]

    /// Runs every rule, unless something is wrong already: then that comes first.
    static func run(_ check: Checking) {
        if check.decoding.hasErrors { return }
        for rule in all { rule(check) }
    }
}

extension Checking {
    /// Reports something at a path that is worth knowing. Never counts, not even with `--strict`.
    func note(_ rule: String, _ message: String, hint: @autoclosure () -> String? = nil, at path: String) {
        report(.note, rule, message, hint(), sources.key(path), path)
    }

    /// Reports a key at a path that works but should be looked at.
    func warnKey(_ rule: String, _ message: String, hint: @autoclosure () -> String? = nil, at path: String) {
        report(.warning, rule, message, hint(), sources.key(path), path)
    }
}
