import Foundation
import Locks
package import Logging
import Model
import ServiceLifecycle
package import StoreContract
import Telemetry

/// Takes events from the outbox and delivers them to one sink: each at least once, those of one key in order, several keys
/// at a time (DESIGN.md §8). It reads what was committed; nobody tells it anything.
///
/// An event is first taken, which makes a delivery of it in the store, then sent, then noted. A crash between sending and
/// noting sends it again, with the same id. Where several hosts share the store, each works on the sink: a delivery is claimed
/// for longer than sending it can take, so no two of one key are sent at once, and what becomes of it is noted by whoever
/// claimed it last (docs/decisions/0042-what-hosts-share.md).
package final class OutboxRelay: Service {
    package typealias Send = @Sendable (Delivery) async -> DeliveryResult

    let sink: String
    let store: any Store
    private let schedule: RetrySchedule
    private let workers: Int
    private let jitter: @Sendable () -> Double
    private let metrics: EventInstruments
    private let logger: Logger
    private let send: Send
    private let work = Locked(Work())

    private struct Work {
        /// Keys of the deliveries under way, by their number.
        var running: [Int64: String] = [:]
        /// Those that ended since the look began that is under way: what it found of them is old.
        var over: Set<Int64> = []

        func mayBegin(_ delivery: Delivery) -> Bool {
            !over.contains(delivery.sequence) && !running.values.contains(delivery.event.key)
        }

        mutating func end(_ delivery: Delivery) {
            running[delivery.sequence] = nil
            over.insert(delivery.sequence)
        }
    }

    /// - Parameters:
    ///   - sink: its name in the store; it must be open.
    ///   - workers: how many deliveries run at once.
    ///   - jitter: from 0 to 1.
    package init(
        sink: String, store: any Store, schedule: RetrySchedule = RetrySchedule(), workers: Int = 16,
        metrics: EventInstruments, logger: Logger,
        jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) }, send: @escaping Send
    ) {
        self.sink = sink
        self.store = store
        self.schedule = schedule
        self.workers = workers
        self.metrics = metrics
        self.logger = logger
        self.jitter = jitter
        self.send = send
    }

    /// Ends after what is under way, which the sender bounds.
    package func run() async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.listen(wake) }
                for await _ in wakes {
                    await take()
                    for delivery in await claim() {
                        group.addTask {
                            await self.deliver(delivery)
                            wake.yield()
                        }
                    }
                }
            }
        } onGracefulShutdown: {
            wake.finish()
        }
    }

    /// Wakes the relay when something was committed, and every second for what is due by time or written by others.
    private func listen(_ wake: AsyncStream<Void>.Continuation) async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let rings = store.eventBell.rings
            wake.yield()
            await store.eventBell.wait(beyond: rings, for: .seconds(1))
        }
    }

    /// Makes deliveries of what is new in the outbox.
    func take() async {
        await reporting("taking events failed") {
            while try await self.store.write({ try $0.takeEvents(for: self.sink, limit: 200) }) == 200 {}
        }
    }

    /// What is due and may begin now, no two of one key.
    func claim() async -> [Delivery] {
        let isShared = !store.isExclusive
        work.withLock { $0.over = [] }
        let due = await reporting("reading deliveries failed") {
            isShared ? try await self.claimed() : try await self.dueHere()
        }
        return work.withLock { work in
            // What was claimed is this host's, and the first of its key: left undone it would wait for the claim's end.
            let free = (due ?? []).filter { isShared || work.mayBegin($0) }.prefix(max(0, workers - work.running.count))
            for delivery in free { work.running[delivery.sequence] = delivery.event.key }
            return Array(free)
        }
    }

    private func dueHere() async throws -> [Delivery] {
        // Those under way are still due in the store: look behind them.
        let limit = workers + work.withLock(\.running.count)
        return try await store.read { try $0.dueDeliveries(of: self.sink, limit: limit) }
    }

    /// Mostly nothing is due, and only what is costs a write.
    private func claimed() async throws -> [Delivery] {
        let limit = workers - work.withLock(\.running.count)
        guard limit > 0, try await !store.read({ try $0.dueDeliveries(of: self.sink, limit: 1) }).isEmpty else {
            return []
        }
        return try await store.write {
            try $0.claimDeliveries(of: self.sink, limit: limit, until: $0.now + Self.lease)
        }
    }

    /// A claim, and how long before its end sending begins at the latest: the sender takes 15 seconds at most.
    private static let (lease, longest) = (Duration.seconds(60), Duration.seconds(30))

    /// Whether it can be sent before others may claim it; a host that was frozen leaves it to them.
    private func isInTime(_ delivery: Delivery) -> Bool {
        delivery.claimedUntil.map { store.now + Self.longest <= $0 } ?? true
    }

    /// Sends one, and notes how it went; until that is noted nothing else of its key is sent.
    func deliver(_ delivery: Delivery) async {
        guard isInTime(delivery) else { return work.withLock { $0.end(delivery) } }
        let result = await send(delivery)
        while await !note(result, of: delivery), !Task.isShuttingDownGracefully, !Task.isCancelled {
            // Without the note it would be sent again at once, and again.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
        }
        work.withLock { $0.end(delivery) }
    }

    private func note(_ result: DeliveryResult, of delivery: Delivery) async -> Bool {
        let (schedule, jitter) = (schedule, jitter())
        let outcome = await reporting("noting a delivery failed") {
            try await self.store.write { transaction -> String in
                switch result {
                case .delivered:
                    try transaction.finish(delivery)
                    return "delivered"
                case .failed(let failure, let retryAfter) where !schedule.isOver(delivery, at: transaction.now):
                    let wait = max(schedule.wait(after: delivery.tries + 1, jitter: jitter), retryAfter ?? .zero)
                    try transaction.retry(delivery, at: transaction.now + wait, after: failure)
                    return "failed"
                case .failed(let failure, _), .refused(let failure):
                    try transaction.bury(delivery, after: failure)
                    return "dead"
                }
            }
        }
        guard let outcome else { return false }
        metrics.deliveries.increment(sink, outcome)
        log(result, outcome, delivery)
        return true
    }

    private func log(_ result: DeliveryResult, _ outcome: String, _ delivery: Delivery) {
        guard case .failed(let failure, _) = result.asFailure else { return }
        logger.log(
            level: outcome == "dead" ? .error : .info, outcome == "dead" ? "event given up" : "event not delivered",
            metadata: [
                "sink": "\(sink)", "event": "\(delivery.event.id)", "org": "\(delivery.event.organization)",
                "connector": "\(delivery.event.connector)", "tries": "\(delivery.tries + 1)", "code": "\(failure)",
            ])
    }

    @discardableResult
    private func reporting<Result: Sendable>(
        _ what: Logger.Message, _ body: @Sendable () async throws -> Result
    ) async -> Result? {
        do {
            return try await body()
        } catch {
            logger.error(what, metadata: ["sink": "\(sink)", "code": "\(error)"])
            return nil
        }
    }
}

extension DeliveryResult {
    fileprivate var asFailure: DeliveryResult {
        if case .refused(let failure) = self { .failed(failure) } else { self }
    }
}
