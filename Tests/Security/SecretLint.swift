import Foundation

/// Finds places in Swift source where a secret's text may end in a log line, a description or an error.
///
/// `reveal()` is the only way out of `Secret`, and each of these is refused: in a file that is not on the list of those
/// where secrets leave on purpose; within a string interpolation (but for the value of a cookie); among the arguments of a
/// call that logs, prints or makes an error; in the body of a description.
struct SecretLint {
    struct Finding: Hashable {
        var file: String
        var line: Int
        var rule: String
    }

    /// Where secrets leave on purpose, and where to.
    static let exits: Set<String> = [
        "TokenReader.swift", "SecretEcho.swift",  // compared with what an answer holds
        "SigningKey.swift", "CallerKeys.swift", "SharedKey.swift", "ValueResolver.swift",  // keys
        "IdentityToken.swift",  // verified
        "RandomToken.swift", "InstallationSecret.swift",  // hashed
        "SettingsReader.swift", "KeptSettings.swift",  // read as settings
        // sealed
        "ConfigChange.swift", "FlowStart.swift", "FlowTickets.swift", "DeviceStart.swift", "WebhookSender.swift",
        "WebhookSignature.swift", "StartChecks.swift", "Doctor.swift", "StoredTokens.swift", "StoredGrant.swift",
        "EntryFile.swift", "PostgresAccess.swift", "AppConfigRecord.swift", "ExportedConnection.swift",
        "Administration+Import.swift",  // compared with what an earlier import of the same line has made
        "RequestAssembly.swift",  // sent to the provider
        "ExampleRun.swift",  // made up, in a definition's examples
        "TokenWriting.swift", "FlowCookie.swift", "CredentialsController.swift",  // served to its owner
        "Secret.swift",
    ]
    /// The value of `Set-Cookie`.
    private static let interpolating: Set<String> = ["FlowCookie.swift"]
    private static let sinks = [
        "print(", "debugPrint(", "dump(", "fatalError(", "preconditionFailure(", "assertionFailure(", "precondition(",
        "assert(",
        ".trace(", ".debug(", ".info(", ".notice(", ".warning(", ".error(", ".critical(", ".log(", "complain(",
        "Error(",
        "Failure(", "Problem(", "Diagnostic(", ".invalid(", "String(describing:", "String(reflecting:", "warn(",
        "report(",
    ]
    private static let descriptions = [
        "var description", "var debugDescription", "var customMirror", "var errorDescription",
        "var localizedDescription",
    ]

    let file: String
    private let source: [Character]

    init(file: String, source: String) {
        self.file = file
        self.source = Array(Self.withoutComments(source))
    }

    var findings: [Finding] {
        let text = String(source)
        guard text.contains("reveal()") || text.contains(".reveal") else { return [] }
        var found: Set<Finding> = []
        if !Self.exits.contains(file) {
            found.insert(Finding(file: file, line: 1, rule: "not a place where secrets leave"))
        }
        if !Self.interpolating.contains(file) { found.formUnion(arguments(after: "\\(", rule: "interpolated")) }
        for sink in Self.sinks { found.formUnion(arguments(after: sink, rule: "given to \(sink)…)")) }
        for name in Self.descriptions {
            found.formUnion(arguments(after: name, opening: "{", closing: "}", rule: "in a description"))
        }
        return found.sorted { $0.line < $1.line }
    }

    /// Each place where a word is followed by brackets that hold a `reveal`.
    private func arguments(
        after word: String, opening: Character = "(", closing: Character = ")", rule: String
    ) -> [Finding] {
        let word = Array(word)
        return source.indices.compactMap { start in
            guard source[start...].starts(with: word) else { return nil }
            // `HMACKey(` is no `Key(`: a word begins where it begins.
            if let first = word.first, first.isLetter, start > 0, source[start - 1].isLetter, word.last == "(",
                !["Error(", "Failure(", "Problem(", "Diagnostic("].contains(String(word))
            {
                return nil
            }
            guard let open = source[start...].firstIndex(of: opening) else { return nil }
            var depth = 0
            for index in open..<source.endIndex {
                if source[index] == opening { depth += 1 }
                if source[index] == closing { depth -= 1 }
                if depth == 0 {
                    guard String(source[open...index]).contains(".reveal") else { return nil }
                    let line = source[..<start].count { $0 == "\n" } + 1
                    return Finding(file: file, line: line, rule: rule)
                }
            }
            return nil
        }
    }

    private static func withoutComments(_ source: String) -> String {
        source.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.drop { $0 == " " }.hasPrefix("//") ? "" : line
        }.joined(separator: "\n")
    }
}
