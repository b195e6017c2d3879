/// What is still to be done since an answer was committed (DESIGN.md §2): requests that are no presentation, in order,
/// each repeatable. Written in the transaction that commits the answer, so that no crash forgets one.
package struct OpenSteps: Sendable, Hashable, Codable {
    /// Empty only where nothing can be done any more (the failure is final), or by others alone (`awaitsOthers`).
    package var remaining: [Step]
    /// The step that waits for a person, and what can be named.
    package var waiting: Waiting?
    /// The authorization that it began with; nil: a refresh, or an import.
    package var flow: FlowID?
    /// Whether the provider was asked to repeat a nonce in its ID token.
    package var expectsNonce: Bool
    /// Whether introspection has to say how long the token lives, since its answer did not.
    package var lacksLifetime: Bool
    /// How often the next step has failed, for its back-off.
    package var failures: Int
    /// The last failure; nil while there is none.
    package var failure: Failure?

    /// Steps that have not been tried yet.
    package init(
        _ remaining: [Step], flow: FlowID? = nil, expectsNonce: Bool = false, lacksLifetime: Bool = false
    ) {
        self.remaining = remaining
        self.flow = flow
        self.expectsNonce = expectsNonce
        self.lacksLifetime = lacksLifetime
        failures = 0
    }

    /// An authorization that has ended without a grant, for certain.
    /// - Parameter isLast: whether the connection waits for no other; else its end is final only with theirs.
    package static func ended(_ code: String, at time: Timestamp, flow: FlowID, isLast: Bool = true) -> OpenSteps {
        var steps = OpenSteps([], flow: flow)
        steps.failure = Failure(code: code, at: time, isFinal: isLast)
        return steps
    }

    /// An authorization has ended without a grant, and others of its connection have not.
    package var awaitsOthers: Bool { remaining.isEmpty && waiting == nil && failure?.isFinal == false }

    /// A step that found nothing, or several things, to go on with.
    package struct Waiting: Sendable, Hashable, Codable {
        package var step: Step
        /// Empty: nothing was left, and it is asked again.
        package var choices: [Choice]

        package init(step: Step, choices: [Choice]) {
            self.step = step
            self.choices = choices
        }
    }

    /// How a step failed.
    package struct Failure: Sendable, Hashable, Codable {
        /// The provider's code or ours; no secret.
        package var code: String
        package var at: Timestamp
        /// Certain, so it is not tried again: the person has to authorize anew.
        package var isFinal: Bool

        package init(code: String, at: Timestamp, isFinal: Bool) {
            self.code = code
            self.at = at
            self.isFinal = isFinal
        }
    }
}

/// One step.
package enum Step: Sendable, Hashable {
    /// One more request that presents the access token; its answer replaces the token set.
    case upgrade
    /// RFC 7662: once per stored token.
    case introspect
    /// A step of `after_connect`, by its place from 0.
    case afterConnect(Int)
}

/// One thing that a person may name.
package struct Choice: Sendable, Hashable, Codable {
    /// What names it in `PATCH {choice}`.
    package var id: String
    /// What is captured when it is named.
    package var captured: [String: String]

    package init(id: String, captured: [String: String]) {
        self.id = id
        self.captured = captured
    }

    /// Choices named by the first captured value, in order of the values' names, that tells all of them apart and can
    /// stand in a request; else by their places from 1.
    package static func named(_ all: [[String: String]]) -> [Choice] {
        let names = Set(all.flatMap(\.keys)).sorted()
        let telling = names.first { name in
            let values = all.compactMap { $0[name] }
            return Set(values).count == all.count && values.allSatisfy { $0.utf8.count <= 128 }
        }
        return all.enumerated().map { index, captured in
            Choice(id: telling.flatMap { captured[$0] } ?? "\(index + 1)", captured: captured)
        }
    }
}

extension OpenSteps {
    /// What is shown of a connection whose lines are well: a choice is outstanding, a step fails or is outstanding whose
    /// absence shows, or the person has to come again. Nil: nothing of it shows.
    package var status: ConnectionStatus? {
        if failure?.isFinal == true { return .needsReauthorization }
        if waiting != nil { return .pending }
        if remaining.isEmpty { return nil }
        return failures > 0 || remaining != [.introspect] ? .degraded : nil
    }
}

/// `upgrade`, `introspection`, `after_connect/0`.
extension Step: Codable, CustomStringConvertible {
    private static let afterConnectPrefix = "after_connect/"

    package var description: String {
        switch self {
        case .upgrade: "upgrade"
        case .introspect: "introspection"
        case .afterConnect(let index): Self.afterConnectPrefix + "\(index)"
        }
    }

    /// Reads what `description` wrote.
    package init?(_ text: String) {
        switch text {
        case "upgrade": self = .upgrade
        case "introspection": self = .introspect
        default:
            guard text.hasPrefix(Self.afterConnectPrefix),
                let index = Int(text.dropFirst(Self.afterConnectPrefix.count)), index >= 0
            else { return nil }
            self = .afterConnect(index)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let step = Step(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no step of this host")
        }
        self = step
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
