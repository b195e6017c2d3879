/// What a setting is called.
protocol NamedSetting: Sendable {
    /// As in the environment; the file has it in lower case.
    var name: String { get }
    /// Other names that are read when the first is not set.
    var aliases: [String] { get }
    /// Its value is never shown.
    var isSecret: Bool { get }
}

/// One setting with a meaning in this build: its default, and how its text becomes a value.
struct Setting<Value: Sendable>: NamedSetting {
    let name: String
    let aliases: [String]
    let isSecret: Bool
    let standard: Value
    let read: @Sendable (String) throws(WrongValue) -> Value

    /// A setting with a default.
    init(
        _ name: String, default standard: Value, aliases: [String] = [], isSecret: Bool = false,
        _ read: @escaping @Sendable (String) throws(WrongValue) -> Value
    ) {
        self.name = name
        self.aliases = aliases
        self.isSecret = isSecret
        self.standard = standard
        self.read = read
    }

    /// A setting that is nil unless set.
    init<Wrapped: Sendable>(
        optional name: String, isSecret: Bool = false,
        _ read: @escaping @Sendable (String) throws(WrongValue) -> Wrapped
    ) where Value == Wrapped? {
        self.name = name
        aliases = []
        self.isSecret = isSecret
        standard = nil
        self.read = { text throws(WrongValue) in try read(text) }
    }
}

/// A setting of DESIGN.md §6 whose feature is not in this build. To set it is refused, or noted where nobody would rely
/// on it; it is never ignored in silence.
struct AbsentSetting: NamedSetting {
    let name: String
    var aliases: [String] { [] }
    var isSecret = false
    /// The default: to write it out is no mistake.
    var standard: String?
    /// What is not in this build, as the subject of a sentence.
    let feature: String
    /// What to do instead; nil: setting it is only noted.
    var remedy: String?
}

/// What is wrong with a text, and what to write instead. Must not quote a secret.
struct WrongValue: Error, Sendable {
    let message: String
    let remedy: String

    init(_ message: String, remedy: String) {
        self.message = message
        self.remedy = remedy
    }
}
