import CCurl
import Foundation

/// One presentation under way: what its libcurl callbacks have seen, and what follows from it.
///
/// Made, run and dropped on the loop's thread, and never seen by another.
final class Transfer {
    let job: TransferJob
    let easy: EasyHandle
    private let policy: EgressPolicy
    private let clock: @Sendable () -> Int64
    private var reader: AnswerReader
    private var writtenAt: Int64?
    private var firstByteAt: Int64?
    private var addressesRefused = false
    private var addressesTried = false
    private var budgetExhausted = false
    private var secondSendRefused = false

    /// `nil` if libcurl takes the request or the policy not whole.
    init?(_ job: TransferJob, policy: EgressPolicy, clock: @escaping @Sendable () -> Int64) {
        guard let easy = EasyHandle() else { return nil }
        self.job = job
        self.easy = easy
        self.policy = policy
        self.clock = clock
        reader = AnswerReader(bodyLimit: job.presentation.bodyLimit)
        easy.configure(policy)
        easy.load(job.presentation.request)
        let left = job.started + job.presentation.connectTimeout.wholeNanoseconds - clock()
        // 0 would mean libcurl's default of five minutes.
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, left / 1_000_000)))
        installCallbacks()
        guard easy.isSound else { return nil }
    }

    /// Bytes of the answer so far.
    var received: Int { reader.received }

    /// When the socket must be closed, once the request may have been written.
    var deadline: Int64? { writtenAt.map { $0 + job.presentation.hardDeadline.wholeNanoseconds } }

    /// What libcurl's result means. Only the pre-request callback tells whether a byte may have left.
    func outcome(_ code: CURLcode) -> PresentationOutcome {
        guard writtenAt != nil || received > 0 else { return .notSent(notSentReason(code)) }
        if code == CURLE_OK, let answer = reader.complete { return .answer(answer) }
        return .broken(brokenReason(code), partial: reader.partial)
    }

    /// The outcome when the deadline passed and the last read brought no complete answer.
    var outcomeAtDeadline: PresentationOutcome { .broken(.deadlinePassed, partial: reader.partial) }

    func times(endedAt ended: Int64) -> PresentationTimes {
        PresentationTimes(started: job.started, written: writtenAt, firstByte: firstByteAt, ended: ended)
    }
}

// What libcurl calls.
extension Transfer {
    /// Connected; the next thing is the first byte (row 8). A second call means that libcurl is about to send the
    /// request again on another connection (M18): never.
    func mayWrite() -> Bool {
        guard writtenAt == nil else {
            secondSendRefused = true
            return false
        }
        // Taken before the question, so that a freeze between the two shortens H and never lengthens it.
        let now = clock()
        guard job.presentation.mayWrite() else {
            budgetExhausted = true
            return false
        }
        writtenAt = now
        return true
    }

    func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = Int(tm_curl_address(address, &bytes))
        guard policy.permits(IPAddress(bytes: Array(bytes.prefix(count)))) else {
            addressesRefused = true
            return CURL_SOCKET_BAD
        }
        addressesTried = true
        // Closed on exec: connector modules are child processes.
        let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return socket(address.pointee.family, type, address.pointee.protocol)
    }

    func readHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        noteFirstByte()
        return reader.readHeader(bytes)
    }

    func readBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        noteFirstByte()
        return reader.readBody(bytes)
    }

    private func noteFirstByte() {
        guard firstByteAt == nil else { return }
        firstByteAt = clock()
        job.presentation.onFirstByte?()
    }
}

// What libcurl's codes mean.
extension Transfer {
    private func notSentReason(_ code: CURLcode) -> NotSentReason {
        if budgetExhausted { return .budgetExhausted }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return .nameNotResolved
        case CURLE_OPERATION_TIMEDOUT: return .connectTimedOut
        case CURLE_PEER_FAILED_VERIFICATION: return .certificateRefused
        case CURLE_SSL_CERTPROBLEM: return .clientCertificateUnusable
        case CURLE_SSL_CONNECT_ERROR: return .tlsFailed
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .malformedRequest
        case CURLE_COULDNT_CONNECT where addressesRefused && !addressesTried: return .addressRefused
        default: return policy.proxy == nil ? .connectFailed : .proxyFailed
        }
    }

    private func brokenReason(_ code: CURLcode) -> BrokenReason {
        if let refusal = reader.refusal { return refusal }
        if secondSendRefused { return .secondSendRefused }
        switch code {
        case CURLE_OK, CURLE_PARTIAL_FILE: return .incomplete
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: return .unreadable
        // A single line beyond libcurl's own 100 KiB is never handed over.
        case CURLE_OUT_OF_MEMORY where !reader.isHeaderComplete: return .headersTooLarge
        default: return .connectionLost
        }
    }
}

extension Duration {
    /// Saturating: no duration of ours comes near 292 years.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min / 2 : .max / 2) : product + attoseconds / 1_000_000_000
    }
}
