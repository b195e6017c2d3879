package import Definitions

/// One thing that is wrong with the settings: which, what, and what to do. Holds no secret.
package struct SettingsProblem: Sendable, Hashable, CustomStringConvertible {
    /// The variable's name, or the key as it stands in the file.
    package var variable: String
    package var message: String
    package var remedy: String
    /// Where the value stands; nil when it comes from the environment or from a default.
    package var position: SourcePosition?

    /// A problem.
    package init(_ variable: String, _ message: String, remedy: String, at position: SourcePosition? = nil) {
        self.variable = variable
        self.message = message
        self.remedy = remedy
        self.position = position
    }

    /// `VARIABLE: message`, with `file:line:column: ` before it where that is known, and the remedy on its own line.
    package var description: String {
        let place = position.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
        return "\(place)\(variable): \(message)\n  hint: \(remedy)"
    }
}

/// All that is wrong with the settings at once: whoever corrects them wants to start again only once.
package struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    package var problems: [SettingsProblem]

    /// One problem after the other.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
