import CCurl
import Foundation

/// What the thread does: one round admits, moves bytes, hands out answers, watches deadlines, and waits.
final class TransferLoop {
    private let inbox: TransferInbox
    private let multi: UnsafeMutableRawPointer
    private let policy: EgressPolicy
    private let clock: @Sendable () -> Int64
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]

    init(_ inbox: TransferInbox, policy: EgressPolicy, clock: @escaping @Sendable () -> Int64) {
        self.inbox = inbox
        multi = inbox.multi.pointer
        self.policy = policy
        self.clock = clock
    }

    func run() {
        while true {
            inbox.takeJobs().forEach(admit)
            moveBytes()
            closeOverdue()
            if transfers.isEmpty && inbox.closeIfStopped() { return }
            wait()
        }
    }

    private func admit(_ job: TransferJob) {
        guard let transfer = Transfer(job, policy: policy, clock: clock),
            curl_multi_add_handle(multi, transfer.easy.pointer) == CURLM_OK
        else {
            let times = PresentationTimes(started: job.started, ended: clock())
            return job.finish(.notSent(.clientFailed), times)
        }
        transfers[transfer.easy.pointer] = transfer
    }

    /// One round of libcurl; hands out what ended in it.
    private func moveBytes() {
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var queued: Int32 = 0
        while let message = curl_multi_info_read(multi, &queued) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = transfers[easy]
            else { continue }
            end(transfer, transfer.outcome(message.pointee.data.result))
        }
    }

    private func closeOverdue() {
        for transfer in transfers.values {
            guard let deadline = transfer.deadline, clock() >= deadline else { continue }
            lastRead(transfer)
            if isOpen(transfer) { end(transfer, transfer.outcomeAtDeadline) }
        }
    }

    /// Row 12: takes what the kernel already holds, without waiting, until neither bytes nor state move: after a freeze
    /// that can be the whole answer, and one round of libcurl need not take all of it.
    private func lastRead(_ transfer: Transfer) {
        var received: Int
        repeat {
            received = transfer.received
            moveBytes()
        } while isOpen(transfer) && transfer.received != received
    }

    private func isOpen(_ transfer: Transfer) -> Bool { transfers[transfer.easy.pointer] === transfer }

    /// Removing the handle closes its socket; only then is the outcome told.
    private func end(_ transfer: Transfer, _ outcome: PresentationOutcome) {
        transfers[transfer.easy.pointer] = nil
        curl_multi_remove_handle(multi, transfer.easy.pointer)
        transfer.job.finish(outcome, transfer.times(endedAt: clock()))
    }

    /// At most a second while anything runs: libcurl's wait does not count suspended time, CLOCK_BOOTTIME does.
    private func wait() {
        let next = transfers.values.compactMap(\.deadline).min().map { max(0, ($0 - clock()) / 1_000_000 + 1) }
        let longest: Int64 = transfers.isEmpty ? 3_600_000 : 1_000
        let code = curl_multi_poll(multi, nil, 0, Int32(min(next ?? longest, longest)), nil)
        // A wait that cannot wait (no memory) must not become a busy loop.
        if code != CURLM_OK { usleep(10_000) }
    }
}
