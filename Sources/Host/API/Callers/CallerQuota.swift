import Locks
import Model
import Pipeline

/// Who calls, as limits tell callers apart: another token of the same caller, with other scopes, is no other caller, nor is
/// the same token that names another of its organizations.
struct CallerName: Hashable, Sendable {
    /// Callers of the same name in other organizations are others.
    let belonging: Int
    /// With its kind.
    let name: String

    init(_ caller: Caller) {
        belonging = caller.belonging
        name = caller.name
    }
}

/// How much of something each caller may hold at once, so that one with a valid token cannot take what all live on.
final class CallerQuota: Sendable {
    private let most: Int
    private let refusal: String
    private let held = Locked<[CallerName: Int]>([:])

    /// - Parameter refusal: what a caller is told who asks for more.
    init(most: Int, refusal: String) {
        self.most = most
        self.refusal = refusal
    }

    /// Of streams.
    static func streams(_ most: Int) -> CallerQuota {
        CallerQuota(
            most: most, refusal: "This caller has \(most) streams open: close one, or share one between readers.")
    }

    /// Of the bytes of bodies, while they are read and until they are answered: so many of the longest at once.
    static func bodies(_ most: Int) -> CallerQuota {
        CallerQuota(most: most * BodyReader.longest, refusal: "This caller has too many large bodies under way.")
    }

    /// Takes an amount. It is given back when the share is let go of, or before by `giveBack`.
    /// - Throws: `caller_rate_limited`.
    func take(_ amount: Int, by caller: Caller) throws(PipelineError) -> Share {
        let share = Share(of: self, CallerName(caller))
        try share.grow(by: amount)
        return share
    }

    /// How many callers hold something, for tests.
    var count: Int { held.withLock(\.count) }

    private func add(_ amount: Int, to name: CallerName) throws(PipelineError) {
        let fits = held.withLock { held in
            let sum = held[name, default: 0] + amount
            guard sum <= most else { return false }
            held[name] = sum > 0 ? sum : nil
            return true
        }
        guard fits else { throw PipelineError(.callerRateLimited, refusal, retryAfter: .seconds(5)) }
    }

    /// What a caller holds. Whatever becomes of its request, it does not outlive it.
    final class Share: Sendable {
        private let quota: CallerQuota
        private let name: CallerName
        private let amount = Locked(0)

        fileprivate init(of quota: CallerQuota, _ name: CallerName) {
            self.quota = quota
            self.name = name
        }

        deinit { giveBack() }

        /// - Throws: `caller_rate_limited`; what was held before is still held.
        func grow(by more: Int) throws(PipelineError) {
            try quota.add(more, to: name)
            amount.withLock { $0 += more }
        }

        func giveBack() {
            let held = amount.withLock { amount in
                defer { amount = 0 }
                return amount
            }
            // Less is always let through.
            try? quota.add(-held, to: name)
        }
    }
}
