import CCurl
import CLinux
import Foundation

/// Sends requests to providers, each at most once and on a connection of its own (PROTOCOL.md rows 8–12).
///
/// One thread runs libcurl's multi interface. Cancelling the calling task changes nothing: a call ends when the provider
/// has answered, the connection broke or the hard deadline passed. `shutdown` must be called to let the thread go.
package final class ProviderClient: Sendable {
    private let inbox: TransferInbox
    private let check: RequestCheck
    private let clock: @Sendable () -> Int64

    /// Throws if the proxy or the CA file of the policy cannot be used.
    package convenience init(policy: EgressPolicy) throws(EgressError) {
        try self.init(policy: policy, clock: tm_boottime_nanoseconds)
    }

    /// `clock`: nanoseconds that count while the machine sleeps.
    init(policy: EgressPolicy, clock: @escaping @Sendable () -> Int64) throws(EgressError) {
        try policy.check()
        guard Self.isLibraryReady, let multi = curl_multi_init() else { throw EgressError(code: .libraryUnusable) }
        let inbox = TransferInbox(MultiHandle(pointer: multi))
        self.inbox = inbox
        self.clock = clock
        check = RequestCheck(policy: policy)
        let thread = Thread {
            Self.blockPipeSignal()
            TransferLoop(inbox, policy: policy, clock: clock).run()
        }
        thread.name = "provider"
        thread.start()
    }

    /// Runs one presentation to its end, whatever happens to the calling task (M19).
    package func perform(_ presentation: Presentation) async -> PresentationOutcome {
        await performTimed(presentation).outcome
    }

    /// The same, with the times of its steps.
    package func performTimed(_ presentation: Presentation) async -> (
        outcome: PresentationOutcome, times: PresentationTimes
    ) {
        let started = clock()
        if let refusal = refusal(of: presentation) {
            return (.notSent(refusal), PresentationTimes(started: started, ended: clock()))
        }
        return await withCheckedContinuation { continuation in
            let job = TransferJob(presentation: presentation, started: started) { outcome, times in
                continuation.resume(returning: (outcome, times))
            }
            if !inbox.submit(job) {
                job.finish(.notSent(.shutDown), PresentationTimes(started: started, ended: clock()))
            }
        }
    }

    /// A request that is no presentation (discovery, introspection, revocation) and may therefore be repeated.
    package func call(
        _ request: WireRequest, connectTimeout: Duration = .seconds(5), deadline: Duration = .seconds(30)
    ) async -> PresentationOutcome {
        await perform(
            Presentation(request, connectTimeout: connectTimeout, hardDeadline: deadline, mayWrite: { true }))
    }

    /// Takes no further call and waits for those in flight: up to the longest connect time plus hard deadline.
    package func shutdown() async { await inbox.stop() }

    private func refusal(of presentation: Presentation) -> NotSentReason? {
        presentation.connectTimeout > .zero ? check.refusal(of: presentation.request) : .budgetExhausted
    }

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// OpenSSL may write to a socket that the peer has closed.
    private static func blockPipeSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

extension EgressPolicy {
    /// What start-up can find out about the settings.
    func check() throws(EgressError) {
        if let proxy, !["http://", "https://"].contains(where: proxy.lowercased().hasPrefix) {
            throw EgressError(code: .proxyUnusable)
        }
        if let caFile {
            let text = FileManager.default.contents(atPath: caFile).map { String(decoding: $0, as: UTF8.self) }
            guard text?.contains("-----BEGIN CERTIFICATE-----") == true else {
                throw EgressError(code: .caFileUnreadable)
            }
        }
    }
}
