/// What a provider does with a refresh token once it was used (PROVIDERS.md, "What follows" 1).
public enum RotationClass: String, Sendable, Codable, CaseIterable {
    /// The same refresh token is good for ever; nothing rotates.
    case `static`
    /// The used token stays good for a window, so that a lost answer can be fetched again.
    case overlap
    /// The used token is dead; presenting it again is refused and nothing else happens.
    case singleUse = "single_use"
    /// The used token is dead; presenting it again revokes the family (RFC 9700 §4.14.2).
    case singleUseFamily = "single_use_family"
}

/// How long a used refresh token of the class `overlap` stays good.
public enum OverlapWindow: Sendable, Equatable {
    /// Seconds, counted from the token's first use.
    case seconds(Int)
    /// Until its replacement, or the access token that came with it, is first used.
    case untilUsed
}

/// What presenting a used token of the class `overlap` does once its window is over.
public enum AfterWindow: String, Sendable, Codable {
    /// `invalid_grant`, and nothing else.
    case refuse
    /// `invalid_grant`, and the family is revoked.
    case revoke
}

/// What a replay inside the window is answered with; providers differ (PROVIDERS.md, "What follows" 3).
public enum ReplayAnswer: String, Sendable, Codable {
    /// A second refresh token beside the first replacement; both are good.
    case newSibling = "new_sibling"
    /// The replacement that is in force already, with a new access token.
    case samePair = "same_pair"
    /// A new refresh token; the replacement handed out before dies.
    case replaceSibling = "replace_sibling"
}

extension OverlapWindow: Codable {
    /// Reads a number of seconds or the word `until_used`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let seconds = try? container.decode(Int.self), seconds >= 0 {
            self = .seconds(seconds)
        } else if (try? container.decode(String.self)) == "until_used" {
            self = .untilUsed
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "window is a number of seconds or \"until_used\"")
        }
    }

    /// Writes what `init(from:)` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .seconds(let seconds): try container.encode(seconds)
        case .untilUsed: try container.encode("until_used")
        }
    }
}
