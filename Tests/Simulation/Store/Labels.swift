import Model
import RefreshProtocol

extension LineEvent {
    /// Short, for traces.
    var label: String {
        switch self {
        case .claim(let claim): "claim \(claim.attempt) by \(claim.host) (\(claim.need))"
        case .send(let attempt, _): "send \(attempt)"
        case .notSent(let attempt, let reason): "not sent \(attempt) (\(reason))"
        case .ambiguous(let attempt, let reason): "ambiguous \(attempt) (\(reason))"
        case .answer(let presented, let answer): "answer to \(presented.attempt): \(answer.label)"
        case .statement(let host, let boot, _, _): "statement of \(host) \(boot)"
        case .redeem(let attempt, let grant, _, _): "redeem \(attempt) \(grant)"
        case .handOver: "hand over"
        case .recallHandOver(let handOver): "recall \(handOver.attempt)"
        case .renew(let claim, let grant, _, _): "renew \(claim.attempt) \(grant)"
        case .renewed(let attempt, let grant, let replaced, _): "renewed \(attempt) \(grant) from \(replaced)"
        case .importGrant(let claim, let grant, _): "import \(claim.attempt) \(grant)"
        default: "\(self)"
        }
    }
}

extension Answer {
    var label: String {
        switch self {
        case .tokens(let content): "token \(Sealed.refresh(content).map(String.init) ?? "none")"
        case .refused: "refused"
        case .clientError: "client error"
        case .retryLater: "retry later"
        case .busy: "busy"
        case .unclear(_, let code): "unclear \(code)"
        }
    }
}

extension LineOutcome {
    var label: String { "\(self)" }
}

extension Line {
    var summary: String {
        let held = versions.map {
            "\($0.status) g\($0.generation) token \(Sealed.refresh($0.content) ?? -1) f\($0.fence)"
        }
        let tried = attempts.map { "\($0.id) \($0.state) g\($0.generationIn)\($0.holderClear ? " clear" : "")" }
        return "\(state) g\(generation) f\(fence) quiet \(quietAt.milliseconds - World.start) "
            + "open \(openAttempt?.description ?? "-") \(held) \(tried)"
    }
}
