import ConnectorSDK
import Model
import RefreshProtocol

/// How a refresh ended, for every caller that waited for it.
struct RunReport: Sendable {
    var result: Owner.Result
    /// The provider's failure, where there was one.
    var failure: ProviderFailure?
    /// A failure of ours or of the configuration before anything was sent.
    var problem: PipelineError?
    /// The generation whose token T3's audit record says was given to the run's actor.
    var recordedGeneration: Int64?
    /// Row 25: the raw answer is put aside, since it may hold the only token there is.
    var keepsAnswer = false
    /// Another host's attempt that callers here waited for, as it was when that ended; nil: there was none, or it goes on.
    var awaited: Attempt?
    /// Another host has the definition or the key that this one lacks.
    var isLeftToOthers = false
    /// The run's own presentation, which the version that it brought names.
    var attempt: AttemptID?

    /// An answer may still come, or has come and waits to be stored; or the store could not decide what is to be done.
    var isOpen: Bool {
        switch result {
        case .notClaimed(.inFlight): awaited == nil || awaited?.isOpen == true || awaited?.state == .ambiguous
        case .storeUnavailable, .spooled, .lost, .ambiguous: true
        default: false
        }
    }

    /// The name in `token_manager_refresh_total`.
    var outcome: String {
        switch result {
        case .committed(.advanced), .committed(.adopted): "refreshed"
        case .committed(.candidate): "candidate"
        case .committed: failure.map { Self.name($0.disposition) } ?? "recorded"
        case .notClaimed: problem?.code.rawValue ?? "not_claimed"
        case .notSent: "not_sent"
        case .ambiguous: "ambiguous"
        case .spooled: "spooled"
        case .lost: "lost"
        // Also where a refusal of ours ended the claim.
        case .storeUnavailable: problem?.code.rawValue ?? "store_unavailable"
        }
    }

    private static func name(_ disposition: ProviderFailure.Disposition) -> String {
        switch disposition {
        case .refused: "refused"
        case .misconfigured: "misconfigured"
        case .retryLater: "retry_later"
        case .rateLimited: "rate_limited"
        case .busy: "busy"
        case .unclear: "unclear"
        }
    }
}
