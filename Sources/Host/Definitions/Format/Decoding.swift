/// Collects what is found while one file is decoded: the positions of its parts, and everything that is wrong.
final class Decoding {
    /// Findings of one file that are shown. Whoever wants to see more corrects these first.
    static let mostFindings = 100

    private(set) var diagnostics: [Diagnostic] = []
    /// Whether anything found so far keeps the file from being used.
    private(set) var hasErrors = false
    private(set) var sources = SourceMap()
    /// Paths whose value could not be read: later findings about them would only repeat the first.
    private var broken: Set<String> = []
    /// Paths around those.
    private var partlyBroken: Set<String> = []
    /// Whether a name was declared that cannot be one: then an unknown one somewhere is probably that.
    private(set) var hasRefusedNames = false

    /// Notes where a part was written.
    func record(_ path: String, key: SourcePosition? = nil, value: SourcePosition) {
        sources.record(path, key: key, value: value)
    }

    /// Reports a part that could not be read.
    func refuse(
        _ path: String, _ rule: String, _ message: String, hint: @autoclosure () -> String? = nil,
        at position: SourcePosition
    ) {
        spoil(path)
        add(.error, rule, message, hint, position)
    }

    /// Notes that nothing is known of what a path says, where the finding stands elsewhere: at a misspelt key.
    func spoil(_ path: String) {
        broken.insert(path)
        for outer in Self.around(path) {
            // Then those around it are in there, too.
            if !partlyBroken.insert(outer).inserted { break }
        }
    }

    /// Reports the name of an input or a capture that cannot be one.
    func refuseName(
        _ path: String, _ rule: String, _ message: String, hint: @autoclosure () -> String? = nil,
        at position: SourcePosition
    ) {
        hasRefusedNames = true
        refuse(path, rule, message, hint: hint(), at: position)
    }

    /// Reports a finding about parts that were read, unless one of them, or something within, is broken already.
    func find(
        _ severity: Diagnostic.Severity, _ rule: String, _ message: String, hint: @autoclosure () -> String?,
        at position: SourcePosition, about path: String
    ) {
        if isBroken(path) { return }
        add(severity, rule, message, hint, position)
    }

    /// Whether a path as a whole could not be read, so that nothing is known of what lies within.
    func isLost(_ path: String) -> Bool { broken.contains(path) || Self.around(path).contains(where: broken.contains) }

    /// Whether the path, something around it or something within it could not be read.
    func isBroken(_ path: String) -> Bool {
        isLost(path) || partlyBroken.contains(path)
    }

    /// Whether a name may have been declared in a place that could not be read: then its rules are unknown.
    func mayDeclare(_ name: String) -> Bool {
        let places = ["extends", "inputs", "response.capture", "authorization.callback.capture"]
        return hasRefusedNames || isBroken("inputs.\(name)") || isBroken("after_connect")
            || places.contains(where: isLost)
    }

    private func add(
        _ severity: Diagnostic.Severity, _ rule: String, _ message: String, _ hint: () -> String?,
        _ position: SourcePosition
    ) {
        if severity == .error { hasErrors = true }
        if diagnostics.count < Self.mostFindings {
            diagnostics.append(Diagnostic(rule, message, hint: hint(), severity: severity, at: position))
        } else if diagnostics.count == Self.mostFindings {
            diagnostics.append(
                Diagnostic(
                    "too-many-findings", "more than \(Self.mostFindings) findings; what follows is not shown",
                    hint: "correct those that are shown first", severity: .warning, at: position))
        }
    }

    /// The paths around a path, the nearest first: `a.b` and `a` for `a.b[0]`, then the whole.
    private static func around(_ path: String) -> some Sequence<String> {
        sequence(state: Substring(path)) { rest -> String? in
            if rest.isEmpty { return nil }
            rest =
                rest[..<(rest.utf8.lastIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") } ?? rest.startIndex)]
            return String(rest)
        }
    }
}
