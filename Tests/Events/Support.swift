import Foundation
import Logging
import Model
import SQLiteStore
import StoreContract
import Synchronization
import Telemetry

@testable import Events

/// Store time in the test's hand.
final class ManualClock: Sendable {
    private let milliseconds = Mutex<Int64>(1_800_000_000_000)

    var now: Timestamp { Timestamp(milliseconds: milliseconds.withLock { $0 }) }

    func advance(_ duration: Duration) { milliseconds.withLock { $0 += duration.inMilliseconds } }
}

/// The other end: keeps what came, and answers as it is told.
final class Receiver: Sendable {
    typealias Answer = @Sendable (Delivery) async -> DeliveryResult

    private let state = Mutex<(got: [Delivery], answer: Answer)>(([], { _ in .delivered }))

    /// What came, in order; failed tries too.
    var got: [Delivery] { state.withLock { $0.got } }
    var ids: [String] { got.map(\.event.id) }

    func answers(_ answer: @escaping Answer) { state.withLock { $0.answer = answer } }

    /// Fails for events of these keys.
    func fails(_ keys: Set<String>, with result: DeliveryResult = .failed("HTTP 503")) {
        answers { keys.contains($0.event.key) ? result : .delivered }
    }

    func take(_ delivery: Delivery) async -> DeliveryResult {
        let answer = state.withLock { state in
            state.got.append(delivery)
            return state.answer
        }
        return await answer(delivery)
    }
}

/// A relay on a real store, with a receiver and a clock of the test.
struct Bench: Sendable {
    let store: SQLiteStore
    let receiver: Receiver
    let clock: ManualClock
    let relay: OutboxRelay
    let registry = MetricsRegistry()

    init(_ folder: String, clock: ManualClock = ManualClock(), workers: Int = 16, jitter: Double = 1) async throws {
        let receiver = Receiver()
        let store = try SQLiteStore.open(
            path: folder + "/store/events.sqlite", clock: StoreClock { clock.now })
        (self.store, self.receiver, self.clock) = (store, receiver, clock)
        try await store.write { try $0.openSink(WebhookRelay.sink) }
        relay = OutboxRelay(
            sink: WebhookRelay.sink, store: store, workers: workers, metrics: EventInstruments(in: registry),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, jitter: { jitter },
            send: { await receiver.take($0) })
    }

    /// Runs a test on a fresh store.
    static func run(
        workers: Int = 16, jitter: Double = 1, _ body: (Bench) async throws -> Void
    ) async throws {
        try await inFolder { folder in
            let bench = try await Bench(folder, workers: workers, jitter: jitter)
            try await body(bench)
            try await bench.store.close()
        }
    }

    /// A folder that goes when the test ends.
    static func inFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/token-manager-events-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    /// Appends events, one transaction each; an id's first letter is its key.
    func append(_ ids: String...) async throws {
        for id in ids { try await store.write { try $0.append(event(id, at: $0.now)) } }
    }

    /// Takes what is new and tries what is due, until nothing is.
    func round() async {
        await relay.take()
        while true {
            let due = await relay.claim()
            if due.isEmpty { return }
            await withDiscardingTaskGroup { group in
                for delivery in due { group.addTask { await relay.deliver(delivery) } }
            }
        }
    }

    func state() async throws -> SinkState { try await store.read { try $0.sinkState(WebhookRelay.sink) } }
}

func event(_ id: String, at time: Timestamp = .distantPast) -> EventRecord {
    EventRecord(
        id: id, kind: .tokenRefreshed, organization: OrganizationID("org"), connector: "acme",
        connection: ConnectionID(String(id.prefix(1))), epoch: 1, at: time)
}
