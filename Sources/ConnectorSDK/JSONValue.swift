/// A JSON value (RFC 8259). Numbers keep the text they were written with, so that nothing is rounded on the way.
public indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The digits as written, such as `3600`, `1.5e3`.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Members by name. Of repeated names the last one counts.
    case object([String: JSONValue])
}
