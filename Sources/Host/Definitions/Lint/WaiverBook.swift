/// The waivers of the files of one pass, and which of them were of use.
struct WaiverBook {
    private var waivers: [String: [Waiver]] = [:]
    private var malformed: [String: [Diagnostic]] = [:]
    private var used: Set<Waiver> = []

    /// Takes up the waivers of a file.
    mutating func add(_ reader: WaiverReader) {
        let file = reader.file
        if !reader.waivers.isEmpty { waivers[file] = reader.waivers }
        if !reader.findings.isEmpty { malformed[file] = reader.findings }
    }

    /// Adds what was found in other files.
    mutating func join(_ other: WaiverBook) {
        waivers.merge(other.waivers) { mine, _ in mine }
        malformed.merge(other.malformed) { mine, _ in mine }
        used.formUnion(other.used)
    }

    /// Notes that these were of use.
    mutating func use(_ waivers: Set<Waiver>) { used.formUnion(waivers) }

    /// The findings with every waived warning as a note that quotes the reason, and the waivers that did it. A warning
    /// about a parent's line is waived there.
    func apply(to findings: [Diagnostic]) -> ([Diagnostic], Set<Waiver>) {
        if waivers.isEmpty { return (findings, []) }
        var useful: Set<Waiver> = []
        let applied = findings.map { finding in
            let fitting = (waivers[finding.file] ?? []).filter { $0.line == finding.line && $0.rule == finding.rule }
            guard finding.severity == .warning, let waiver = fitting.first else { return finding }
            useful.insert(waiver)
            var note = finding
            note.severity = .note
            note.message += "; allowed: \(waiver.reason)"
            note.hint = nil
            return note
        }
        return (applied, useful)
    }

    /// What is wrong with a file's waivers, once every file that extends it was read.
    func findings(in file: String) -> [Diagnostic] {
        let unused = (waivers[file] ?? []).filter { !used.contains($0) }
        return (malformed[file] ?? []).prefix(Decoding.mostFindings)
            + unused.prefix(Decoding.mostFindings).map { waiver in
                let hint =
                    RuleBook.rules[waiver.rule] == nil
                    ? Suggestion.hint(for: waiver.rule, among: RuleBook.rules.keys.sorted()) : nil
                return Diagnostic(
                    "unused-waiver", "there is no warning `\(waiver.rule)` here to allow",
                    hint: hint ?? "remove the comment; it stands on the finding's line or right above, and errors stay",
                    severity: .warning, at: waiver.position)
            }
    }
}
