import ConnectorSDK
import Locks
import Model
import RefreshProtocol
import StoreContract

/// This host's part in the windows of calls that several hosts share. Whoever wants to call takes a place; those who come
/// while places are being asked for have theirs together with the next question, so that under load one small transaction
/// gives many. What became of them is said with the next question, or by `tell`.
final class SharedWindows: Sendable {
    typealias Limit = (key: CallWindowKey, limit: RateLimit)
    typealias Exchange = @Sendable ([CallWindowKey: Question]) async throws -> [CallWindowKey: Reply]

    /// What is asked of one window.
    struct Question: Sendable {
        let report: SharedWindow.Report
        let limit: RateLimit
    }

    /// What one window answered.
    struct Reply: Sendable {
        let got: Int
        let until: Timestamp?
        /// Store time.
        let at: Timestamp
    }

    enum Answer: Sendable {
        /// Nil: nothing limits it.
        case may(CallPermit?)
        case notBefore(Timestamp)
    }

    private struct Asker: Sendable {
        let limits: [Limit]
        let answer: CheckedContinuation<Answer, any Error>
    }

    private struct Window {
        var limit: RateLimit
        var places = HeldPlaces()
        var refusedUntil: Timestamp?
    }

    private struct State {
        var windows: [CallWindowKey: Window] = [:]
        var waiting: [ClientKey: [Asker]] = [:]
        /// Clients whose windows are being asked: one question at a time, so that a report never overtakes another.
        var asked: Set<ClientKey> = []
        /// When the last refusal is over.
        var refusedUntil: Timestamp?
    }

    /// A question under way.
    private struct Asking: Sendable {
        var askers: [Asker] = []
        var questions: [CallWindowKey: Question] = [:]
        var began = HostClock.now
    }

    /// Who is served by one transaction, and windows that it is told of.
    private static let most = 64

    private let process: BootID
    private let use: Duration
    private let holding: Duration
    private let clock: @Sendable () -> Timestamp
    private let exchange: Exchange
    private let state = Locked(State())

    /// - Parameters:
    ///   - process: this start of the host: places of an earlier one come back by themselves.
    ///   - use: how long a place may wait for its call: longer than any claim takes.
    ///   - tolerance: what the store's clock may gain on this host's.
    init(
        process: BootID, use: Duration, tolerance: Duration, clock: @escaping @Sendable () -> Timestamp,
        exchange: @escaping Exchange
    ) {
        self.process = process
        self.use = use
        holding = use + tolerance + .seconds(1)
        self.clock = clock
        self.exchange = exchange
    }

    // MARK: Taking

    /// Takes one call from each, or none from any.
    /// - Throws: what the store throws; then nothing was taken.
    func take(_ limits: [Limit], of client: ClientKey) async throws -> Answer {
        guard !limits.isEmpty else { return .may(nil) }
        if let answer = state.withLock({ answer(limits, &$0) }) { return answer }
        return try await withCheckedThrowingContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiting[client, default: []].append(Asker(limits: limits, answer: continuation))
                return state.asked.insert(client).inserted
            }
            // Of its own: it serves all who come meanwhile, whoever goes away.
            if isFirst { Task { await self.serve(client) } }
        }
    }

    /// Without the store: by what is here, or was refused a moment ago.
    private func answer(_ limits: [Limit], _ state: inout State) -> Answer? {
        let (now, store) = (HostClock.now, clock())
        var isMissing = false
        for (key, limit) in limits where (state.windows[key]?.places.count(at: now, needed: needed) ?? 0) == 0 {
            // A definition that was changed may allow what the one before refused.
            if let window = state.windows[key], window.limit == limit, let until = window.refusedUntil, store < until {
                return .notBefore(until)
            }
            isMissing = true
        }
        if isMissing { return nil }
        let places = limits.compactMap { key, _ in
            state.windows[key]?.places.take(at: now, needed: needed).map { (key, $0) }
        }
        return .may(CallPermit(places, of: self))
    }

    /// A claim that begins now is long over by then.
    private var needed: Duration { use / 2 }

    /// Who waits and is not asked for yet, for tests.
    var waiting: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }

    func giveBack(_ places: [CallPermit.Held]) {
        state.withLock { state in
            for (key, place) in places { state.windows[key]?.places.giveBack(place) }
        }
    }

    /// The call is made now.
    /// - Returns: false: it must not be.
    func call(_ places: [CallPermit.Held]) -> Bool {
        let now = HostClock.now
        return state.withLock { state in
            var stands = true
            for (key, place) in places {
                stands = state.windows[key]?.places.call(place, at: now) ?? false && stands
            }
            return stands
        }
    }

    func isRefusing(_ key: CallWindowKey, at now: Timestamp) -> Bool {
        state.withLock { $0.windows[key]?.refusedUntil.map { now < $0 } ?? false }
    }

    /// Nobody was refused who would be still.
    func isCalm(at now: Timestamp) -> Bool { state.withLock { $0.refusedUntil.map { $0 <= now } ?? true } }

    // MARK: Asking

    private func serve(_ client: ClientKey) async {
        while let asking = next(of: client) { await ask(asking) }
    }

    /// What those who wait want; nil: nobody does, and others may ask.
    private func next(of client: ClientKey) -> Asking? {
        state.withLock { state in
            guard let waiting = state.waiting.removeValue(forKey: client) else {
                state.asked.remove(client)
                return nil
            }
            if waiting.count > Self.most { state.waiting[client] = Array(waiting.dropFirst(Self.most)) }
            var asking = Asking(askers: Array(waiting.prefix(Self.most)))
            var wants: [CallWindowKey: Int] = [:]
            for (key, limit) in asking.askers.flatMap(\.limits) {
                wants[key, default: 0] += 1
                state.windows[key, default: Window(limit: limit)].limit = limit
            }
            for (key, count) in wants { asking.questions[key] = question(key, wants: count, &state) }
            return asking
        }
    }

    private func question(_ key: CallWindowKey, wants: Int, _ state: inout State) -> Question? {
        guard var window = state.windows.removeValue(forKey: key) else { return nil }
        defer { state.windows[key] = window }
        return Question(
            report: window.places.report(of: process, wants: wants, holding: holding), limit: window.limit)
    }

    private func ask(_ asking: Asking) async {
        let answers: [Result<Answer, any Error>]
        do {
            let replies = try await exchange(asking.questions)
            answers = state.withLock { took(replies, asking, &$0) }
        } catch {
            state.withLock { state in
                for (key, question) in asking.questions { state.windows[key]?.places.restore(question.report) }
            }
            answers = asking.askers.map { _ in .failure(error) }
        }
        for (asker, answer) in zip(asking.askers, answers) { asker.answer.resume(with: answer) }
    }

    private func took(
        _ replies: [CallWindowKey: Reply], _ asking: Asking, _ state: inout State
    ) -> [Result<Answer, any Error>] {
        for (key, reply) in replies {
            state.windows[key]?.places.add(reply.got, given: reply.at, asked: asking.began, use: use)
            guard asking.questions[key]?.report.wants ?? 0 > 0 else { continue }
            state.windows[key]?.refusedUntil = reply.until
            state.refusedUntil = [state.refusedUntil, reply.until].compactMap(\.self).max()
        }
        return asking.askers.map { asker in
            .success(answer(asker.limits, &state) ?? .notBefore(clock() + SharedWindow.telling))
        }
    }

    // MARK: Telling

    /// Says what became of places of which nothing was said yet, so that others need not wait for that.
    func tell() async {
        for keys in keysWithNews() {
            guard let asking = news(of: keys) else { continue }
            await ask(asking)
            for client in Set(asking.questions.keys.map(\.client)) { goOn(client) }
        }
    }

    /// Serves whoever came meanwhile; each client by itself, since of one there may always be somebody.
    private func goOn(_ client: ClientKey) {
        let isWanted = state.withLock { state in
            if state.waiting[client] != nil { return true }
            state.asked.remove(client)
            return false
        }
        if isWanted { Task { await self.serve(client) } }
    }

    /// As many at a time as one transaction is told of. Windows in which nothing is going on are forgotten.
    private func keysWithNews() -> [[CallWindowKey]] {
        let store = clock()
        let keys = state.withLock { state in
            state.windows = state.windows.filter { key, window in
                !window.places.isEmpty || window.refusedUntil.map { store < $0 } ?? false
                    || state.asked.contains(key.client)
            }
            return state.windows.filter(\.value.places.hasNews).keys.sorted {
                $0.client.description < $1.client.description
            }
        }
        return stride(from: 0, to: keys.count, by: Self.most).map { Array(keys[$0..<min($0 + Self.most, keys.count)]) }
    }

    private func news(of keys: [CallWindowKey]) -> Asking? {
        state.withLock { state in
            // Where somebody asks just now it is said with his next question, or the next time.
            let keys = keys.filter { !state.asked.contains($0.client) && state.windows[$0]?.places.hasNews == true }
            guard !keys.isEmpty else { return nil }
            var asking = Asking()
            for key in keys {
                state.asked.insert(key.client)
                asking.questions[key] = question(key, wants: 0, &state)
            }
            return asking
        }
    }
}
