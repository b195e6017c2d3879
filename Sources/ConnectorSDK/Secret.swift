/// A text that must never be shown. It prints, dumps and mirrors as a redaction; `reveal()` is the one way out,
/// so that a search for `reveal(` finds every place where a secret leaves its type.
public struct Secret: Sendable, Hashable {
    private let text: String

    /// Wraps a secret text as it is, without trimming.
    public init(_ text: String) { self.text = text }

    /// The text itself, for a request, a seal or a comparison; never for a log line or an error.
    public func reveal() -> String { text }

    /// Whether the text is empty. Providers that send `"refresh_token": ""` mean "none" (PROVIDERS.md, F6).
    public var isEmpty: Bool { text.isEmpty }

    /// Whether a text that will be shown is this secret or holds it (SECURITY.md line 61). Inside a text only what is long
    /// enough to be a real token counts: a short one would be found by chance.
    public func isGivenAway(by shown: String) -> Bool {
        shown == text || (text.utf8.count >= 8 && shown.contains(text))
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always the redaction.
    public var description: String { "‹secret›" }
    /// Always the redaction.
    public var debugDescription: String { "‹secret›" }
    /// A mirror without children, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
