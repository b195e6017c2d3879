import Foundation
import Model
import RefreshProtocol
import StoreContract

/// One claim's question to the breaker that all hosts share: read in the flight that reads the line, decided by the row as
/// it is in the store, and a probe taken by compare-and-set at the transaction's end (PROTOCOL.md §3).
struct SharedAdmission {
    private let stored: () throws -> Data?

    init(_ client: ClientKey, in transaction: any StoreTransaction) throws {
        stored = try transaction.clientBreaker(client)
    }

    /// The answer; it is there once the line was read.
    func decided(at now: Timestamp, longest: Duration) throws -> Decision {
        guard let old = try stored(), let found = SharedBreaker(stored: old) else { return Decision(verdict: .closed) }
        var taken = found
        let verdict = taken.admit(at: now, longest: longest)
        return Decision(verdict: verdict, old: old, breaker: found, taken: taken)
    }

    struct Decision: Sendable {
        let verdict: BreakerVerdict
        fileprivate var old: Data?
        /// As it is stored; nil: the client has no trouble.
        fileprivate(set) var breaker: SharedBreaker?
        fileprivate var taken: SharedBreaker?
        /// Until when nothing may be presented; nil: it may be now.
        var openUntil: Timestamp? { if case .open(let until) = verdict { until } else { nil } }
        /// Until when the probe is this call's; nil: it was not taken.
        var probeUntil: Timestamp? { verdict == .probe && breaker == taken ? taken?.end : nil }

        /// Takes the probe for a claim that stands.
        /// - Throws: `StoreRule.clientBreaker` where another host was faster.
        mutating func take(for client: ClientKey, in transaction: any StoreTransaction) throws {
            guard verdict == .probe, let old, let taken else { return }
            try transaction.setClientBreaker(client, to: try taken.encoded(), replacing: old)
            breaker = taken
        }
    }
}

extension ClientGates {
    /// What the breaker of all hosts said to a call that this host's own has let through.
    func follow(_ shared: SharedAdmission.Decision?, into admission: inout Admission) {
        guard let shared else { return }
        follow(admission.client, shared.breaker)
        admission.breaker = shared.verdict
        admission.probeUntil = shared.probeUntil
    }
}

extension Claim.Permit {
    /// With what the store's breaker says. Where this host's own holds off no place in a rate limit was taken: it counts.
    func asking(_ shared: BreakerVerdict?) -> Claim.Permit {
        guard let shared else { return self }
        if case .open = breaker { return self }
        var permit = self
        permit.breaker = shared
        return permit
    }
}

extension SharedBreaker {
    /// - Returns: nil also where another version of this program wrote something else: the next refusal begins anew.
    init?(stored: Data) {
        guard let breaker = try? JSONDecoder().decode(SharedBreaker.self, from: stored) else { return nil }
        self = breaker
    }

    func encoded() throws -> Data { try JSONEncoder().encode(self) }
}

extension TokenPipeline {
    /// Runs a transaction that may take a probe, again where another host took it meanwhile, or has closed the breaker.
    func decidingAgain<Result>(_ body: () async throws -> Result) async throws -> Result {
        while true {
            do { return try await body() } catch let error as StoreError where error.brokenRule == .clientBreaker {}
        }
    }

    /// An answer came that tells the breaker nothing, or none: the next presentation may be the probe, at any host.
    func returnProbe(_ admission: ClientGates.Admission) async {
        gates.returnProbe(admission)
        guard let end = admission.probeUntil else { return }
        // Left undone it is free again after a lease.
        let returned = try? await parts.store.write { transaction -> SharedBreaker? in
            var result: SharedBreaker?
            try transaction.changeClientBreaker(admission.client) { old in
                result = old.flatMap { SharedBreaker(stored: $0) }
                result?.returnProbe(heldUntil: end, at: transaction.now)
                return try result?.encoded() ?? old
            }
            return result
        }
        if let returned { gates.follow(admission.client, returned) }
    }

    /// Writes what a step showed of a client into the breaker of all hosts. A success of a client without trouble writes
    /// nothing; what happened to it is then known here within a second.
    func share(_ signals: [LineSignal], _ client: ClientKey) async {
        for signal in signals {
            switch signal {
            case .refreshed, .created: await shareSuccess(client)
            case .refusal:
                let (host, made) = (parts.host, gates.presentations(of: client))
                await shareTrouble(client, here: { $0.refused(at: $1) }) { $0.refused(at: $1, by: host, of: made) }
            case .clientMisconfigured(let code): await shareMisconfigured(client, code: code)
            case .reauthorizationRequired, .revoked, .refreshFailed, .revocationWanted, .expired, .reauthorizationDue:
                break
            }
        }
    }

    /// A client error (row 22), at this host alone or for all.
    func shareMisconfigured(_ client: ClientKey, code: String) async {
        await shareTrouble(client, here: { $0.misconfigured(at: $1, code: code) }) {
            $0.misconfigured(at: $1, code: code)
        }
    }

    /// One success anywhere closes it everywhere.
    func shareSuccess(_ client: ClientKey, evenUnknown: Bool = false) async {
        let wasTroubled = gates.isTroubled(client) || evenUnknown
        gates.note(client) { breaker, _ in breaker.succeeded() }
        guard wasTroubled, !parts.store.isExclusive else { return }
        // Left undone it stays open until the next probe: nothing is lost.
        guard (try? await parts.store.write { try $0.changeClientBreaker(client) { _ in nil } }) != nil else { return }
        gates.follow(client, nil)
    }

    private func shareTrouble(
        _ client: ClientKey, here: (inout Breaker, Timestamp) -> Void,
        _ change: @escaping @Sendable (inout SharedBreaker, Timestamp) -> Void
    ) async {
        if parts.store.isExclusive { return noteBreaker(client, here) }
        let changed = try? await parts.store.write { transaction -> (wasOpen: Bool, now: SharedBreaker) in
            var result = (wasOpen: false, now: SharedBreaker())
            try transaction.changeClientBreaker(client) { old in
                var breaker = old.flatMap { SharedBreaker(stored: $0) } ?? SharedBreaker()
                result.wasOpen = !breaker.isClosed
                change(&breaker, transaction.now)
                result.now = breaker
                return try breaker.encoded()
            }
            return result
        }
        guard let changed else { return noteBreaker(client, here) }  // this host at least holds off
        gates.follow(client, changed.now)
        if !changed.wasOpen, !changed.now.isClosed { warnOfOpen(client, code: changed.now.code) }
    }
}
