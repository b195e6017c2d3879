/// Collects what is found while one file is decoded: the positions of its parts, and everything that is wrong.
final class Decoding {
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var sources = SourceMap()
    /// Paths whose value could not be read: later findings about them would only repeat the first.
    private var broken: Set<String> = []

    /// Whether anything found so far keeps the file from being used.
    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Notes where a part was written.
    func record(_ path: String, key: SourcePosition? = nil, value: SourcePosition) {
        sources.record(path, key: key, value: value)
    }

    /// Reports a part that could not be read.
    func refuse(_ path: String, _ rule: String, _ message: String, hint: String? = nil, at position: SourcePosition) {
        broken.insert(path)
        diagnostics.append(Diagnostic(rule, message, hint: hint, at: position))
    }

    /// Reports a finding about parts that were read, unless one of them, or something within, is broken already.
    func find(
        _ severity: Diagnostic.Severity, _ rule: String, _ message: String, hint: String?, at position: SourcePosition,
        about path: String
    ) {
        if isBroken(path) { return }
        diagnostics.append(Diagnostic(rule, message, hint: hint, severity: severity, at: position))
    }

    /// Whether the path, something around it or something within it could not be read.
    func isBroken(_ path: String) -> Bool {
        broken.contains { $0 == path || isWithin($0, path) || isWithin(path, $0) }
    }

    private func isWithin(_ inner: String, _ outer: String) -> Bool {
        inner.hasPrefix(outer)
            && (outer.isEmpty || inner.dropFirst(outer.count).first.map { ".[".contains($0) } ?? false)
    }
}
