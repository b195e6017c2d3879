/// What a provider does with a refresh token once it has been used (PROVIDERS.md, "What follows" 1).
public enum RotationClass: Sendable, Hashable {
    /// The same refresh token may be used again and again.
    case `static`
    /// The used refresh token stays good for a while, or until its successor is used.
    case overlap(Overlap)
    /// The used refresh token is dead; using it again is refused and harms nothing else.
    case singleUse
    /// Using a spent refresh token revokes the whole family (RFC 9700 §4.14.2). The default for an unknown provider.
    case singleUseFamily

    /// How long a used refresh token stays good.
    public enum Overlap: Sendable, Hashable {
        /// Until the new token is used for the first time.
        case untilUsed
        /// For a time after its use; afterwards `afterWindow` says what a late replay does.
        case window(Duration, afterWindow: AfterWindow)
    }

    /// What the provider does with the old refresh token once the overlap is over.
    public enum AfterWindow: String, Sendable, Hashable, CaseIterable {
        /// It refuses the call and harms nothing else.
        case refuse
        /// It takes the call for theft and revokes the family.
        case revoke
    }

    /// The name in definitions and config: `static`, `overlap`, `single_use`, `single_use_family`.
    public var name: String {
        switch self {
        case .static: "static"
        case .overlap: "overlap"
        case .singleUse: "single_use"
        case .singleUseFamily: "single_use_family"
        }
    }

    /// Whether a used refresh token may be spent for good: every class but `static`.
    public var rotates: Bool { self != .static }
}
