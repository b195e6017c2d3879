/// The consent page of a role. Whoever opens it with the right query allows at once.
public struct ConsentScript: Sendable {
    /// The path, `/roles/<id>` in front.
    public var path: String
    /// Every parameter that must be there; others must not.
    public var query: [String: ScriptedValue]
    /// How a space is written.
    public var spaces: RequestScript.Spaces
    /// What is granted, as answers name it.
    public var scope: String
    /// The callback's parameter that holds the code.
    public var code: String
    /// More parameters of the callback.
    public var callback: [String: String]
    /// `iss` of the callback (RFC 9207); nil: none.
    public var issuer: String?

    /// A page that is found under a path and expects these parameters.
    public init(
        path: String, query: [String: ScriptedValue], spaces: RequestScript.Spaces = .percent, scope: String = "",
        code: String = "code", callback: [String: String] = [:], issuer: String? = nil
    ) {
        self.path = path
        self.query = query
        self.spaces = spaces
        self.scope = scope
        self.code = code
        self.callback = callback
        self.issuer = issuer
    }
}
