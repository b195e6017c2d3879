import ConnectorSDK

extension LintRules {
    /// The host's default deadlines (PROTOCOL.md §3): the soft one, B, H, settle, L and J; a test keeps
    /// them equal to `Timing`, which this target cannot see.
    enum Default {
        static let soft = Duration.seconds(10)
        static let sendWindow = Duration.seconds(5)
        static let hard = Duration.seconds(45)
        static let settle = Duration.seconds(15)
        static let lease = Duration.seconds(90)
        static let clockTolerance = Duration.seconds(5)
    }

    /// PROTOCOL.md E6: a window in which no replay fits is worth nothing; one that is shorter than a takeover helps only
    /// while its owner lives.
    static func shortWindow(_ check: Checking) {
        guard case .overlap(.window(let window, _)) = check.definition.refresh.rotation else { return }
        let hard = min(Default.hard, check.definition.refresh.hardDeadline ?? Default.hard)
        let presentation = Default.sendWindow + hard + Default.settle
        if window < presentation * 2 {
            check.warn(
                "short-window", "no replay fits into \(text(window)) with a deadline of \(text(hard)) (E6)",
                hint: remedy(window), at: "refresh.overlap")
        } else if window < max(Default.lease, presentation + Default.clockTolerance) + presentation {
            check.note(
                "owner-window", "only the host that sent a refresh can repeat it within \(text(window)) (E6)",
                hint: "after a crash the next host treats the grant as a family", at: "refresh.overlap")
        }
    }

    private static func remedy(_ window: Duration) -> String {
        let fits = window / 2 - Default.sendWindow - Default.settle
        return fits < Default.soft
            ? "no deadline fits: say rotation: single_use_family" : "say refresh.hard_deadline: \(text(fits)) or less"
    }

    /// PROTOCOL.md E1: a socket closed earlier than callers leave costs answers; a later end is never used.
    static func deadline(_ check: Checking) {
        guard let hard = check.definition.refresh.hardDeadline else { return }
        if hard < Default.soft {
            check.warn(
                "short-deadline", "an answer later than \(text(hard)) is lost, and with it perhaps the grant (E1)",
                hint: "10s or more; a class without overlap needs none", at: "refresh.hard_deadline")
        } else if hard > Default.hard {
            check.warn(
                "capped-deadline", "the host's own deadline of 45s ends a refresh earlier", hint: "remove it",
                at: "refresh.hard_deadline")
        }
    }

    /// RFC 9700 §2.2.2: refresh tokens of public clients are bound to their sender or rotated.
    static func staticPublicClient(_ check: Checking) {
        let definition = check.definition
        guard definition.client.authentication == .none, !definition.client.certificate,
            definition.refresh.rotation == .static, definition.refresh.uses == .refreshToken
        else { return }
        check.note(
            "static-public-client", "whoever finds this refresh token can use it for ever (RFC 9700 §2.2.2)",
            hint: "register a confidential client where the provider has them", at: "refresh.rotation")
    }

    private static func text(_ duration: Duration) -> String { "\(duration.components.seconds)s" }
}
