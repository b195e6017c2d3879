import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import StoreContract

let walkCases: [StoreCase] = [
    StoreCase("a random walk of 2,400 protocol steps leaves in the store what it leaves in memory") { store in
        var walk = Walk(store: store, seed: 1)
        try await walk.run(steps: 2400)
    }
]

/// Takes every event to a line in memory, where nothing is ever missing, and to the same line through the store, and
/// compares what came of it. Time is the walk's own.
private struct Walk {
    let store: any Store
    var random: SeededGenerator
    let seed: UInt64
    var lines: [Line] = []
    var now = Timestamp(milliseconds: 1_000_000)
    var number = 0

    init(store: any Store, seed: UInt64) {
        self.store = store
        self.seed = seed
        random = SeededGenerator(state: seed)
    }

    mutating func run(steps: Int) async throws {
        try await plant()
        for step in 0..<steps {
            now = now + .seconds(Int.random(in: 0...60, using: &random))
            let index = Int.random(in: lines.indices, using: &random)
            let event = event(for: lines[index])
            do { lines[index] = try await take(event, to: lines[index]) } catch {
                throw ConformanceFailure(description: "seed \(seed), step \(step), \(event): \(error)")
            }
        }
        for line in lines { try await compareAll(line) }
    }

    /// A line of each class, two of them in one connection.
    private mutating func plant() async throws {
        let classes: [RotationClass] = [
            .static, .overlap(.untilUsed), .overlap(.window(.seconds(600), afterWindow: .revoke)), .singleUse,
            .singleUseFamily,
        ]
        for (number, rotation) in classes.enumerated() {
            let connection = Samples.connection("c\(number / 2)")
            let line = Line(
                id: LineID(connection: connection.id, name: "line \(number)"), organization: connection.organization,
                grant: GrantID("g\(number)"), rotation: rotation)
            if number % 2 == 0 {
                try await store.plant(connection, line)
            } else {
                try await store.write { try $0.save(line, replacing: nil) }
            }
            lines.append(line)
        }
    }

    // MARK: Events

    private mutating func event(for line: Line) -> LineEvent {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<38: return .claim(claim(line))
        case 38..<56:
            if let open = line.openAttempt {
                return .send(open, elapsed: .seconds(Int.random(in: 0...30, using: &random)))
            }
            return line.generation == 0
                ? .redeem(newAttempt(), grant: newGrant(), content: content()) : .claim(claim(line))
        case 56..<80: return .answer(presented(line), answer())
        case 80..<84: return .notSent(presented(line).attempt, reason: "connect")
        case 84..<89: return .ambiguous(presented(line).attempt, reason: "reset")
        case 89..<91:
            return .statement(
                host: host(), boot: BootID("b\(Int.random(in: 0...2, using: &random))"),
                journaled: Set(line.attempts.suffix(3).map(\.id)), exclusive: Bool.random(using: &random))
        case 91..<94:
            let known = line.versions.randomElement(using: &random)?.attempt
            let again = Int.random(in: 0..<4, using: &random) == 0
            return .redeem(again ? known ?? newAttempt() : newAttempt(), grant: newGrant(), content: content())
        case 94: return .importGrant(claim(line), grant: newGrant(), content: content())
        case 95: return .revoke
        case 96: return .setEnabled(Int.random(in: 0..<3, using: &random) > 0)
        case 97: return .storeWentBack(epoch: (line.generation >> 32) + 1)
        case 98: return .adoptNewest
        default: return Bool.random(using: &random) ? .assumeCurrent : .reauthorize
        }
    }

    private mutating func claim(_ line: Line) -> Claim {
        let needs: [Claim.Need] = [
            .scheduled, .generation(line.generation), .force(generation: line.generation),
            .report(generation: line.generation), .validity(generation: line.generation, until: now + .seconds(60)),
        ]
        return Claim(
            attempt: newAttempt(), host: host(), boot: BootID("b\(Int.random(in: 0...2, using: &random))"),
            need: needs.randomElement(using: &random) ?? .scheduled)
    }

    /// Mostly the newest attempts, sometimes one long closed, seldom one that nobody knows.
    private mutating func presented(_ line: Line) -> Presented {
        let pick = Int.random(in: 0..<20, using: &random)
        let pool = pick < 15 ? Array(line.attempts.suffix(3)) : line.attempts
        guard pick > 0, let attempt = pool.randomElement(using: &random) else {
            return Presented(
                attempt: newAttempt(), grant: line.grant, generationIn: line.generation, fence: line.fence,
                host: host(),
                boot: BootID("b0"))
        }
        return Presented(
            attempt: attempt.id, grant: attempt.grant, generationIn: attempt.generationIn, fence: attempt.fence,
            host: attempt.host, boot: attempt.boot)
    }

    private mutating func answer() -> Answer {
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<6: .tokens(content())
        case 6, 7: .refused(code: "invalid_grant")
        case 8: .clientError(code: "invalid_client")
        case 9: .retryLater(after: .seconds(5), code: "429")
        case 10: .busy(code: "busy")
        default: .unclear(code: "502")
        }
    }

    private mutating func content() -> TokenVersion.Content {
        number += 1
        let lives = Int.random(in: 0...7200, using: &random)
        return TokenVersion.Content(
            sealed: Data("sealed \(number)".utf8),
            fingerprint: number % 7 == 0 ? nil : Data("fingerprint \(number)".utf8), receivedAt: now,
            expiresAt: number % 5 == 0 ? nil : now + .seconds(lives), dueAt: now + .seconds(lives / 2),
            notBefore: number % 3 == 0 ? now + .seconds(lives / 9) : nil,
            refreshExpiresAt: number % 4 == 0 ? now + .seconds(lives * 3) : nil, isEndless: number % 10 == 0,
            canPresent: number % 11 != 0)
    }

    private mutating func host() -> HostID { HostID("h\(Int.random(in: 0...1, using: &random))") }
    private mutating func newAttempt() -> AttemptID { .random(prefix: "att_", using: &random) }
    private mutating func newGrant() -> GrantID { .random(prefix: "gr_", using: &random) }

    // MARK: Comparing

    private func take(_ event: LineEvent, to line: Line) async throws -> Line {
        let context = RefreshProtocol.Context(
            now: now, timing: Timing(), hosts: [HostID("h0"): RefreshProtocol.HostFact(heartbeatAt: now)])
        let expected = RefreshProtocol.step(line, event, in: context)
        let step = try await store.write { transaction in
            let loaded = try requireSome(try transaction.line(line.id, for: event), "line \(line.id)")
            try requireEqual(loaded.ordered, visible(line, event.namedAttempt), "before")
            let step = RefreshProtocol.step(loaded, event, in: context)
            if step.line != loaded { try transaction.save(step.line, replacing: loaded) }
            return step
        }
        try requireEqual(step.outcome, expected.outcome)
        try requireEqual(step.signals, expected.signals)
        let found = try await store.read { try $0.line(line.id, for: event) }
        try requireEqual(found?.ordered, visible(expected.line, event.namedAttempt), "after")
        return expected.line
    }

    /// At the end every attempt and version that there ever was is stored as it is in memory.
    private func compareAll(_ line: Line) async throws {
        try await store.read { reader in
            for attempt in line.attempts { try requireEqual(try reader.attempt(attempt.id), attempt) }
            let stored = try reader.versions(of: line.id).sorted { $0.attempt < $1.attempt }
            try requireEqual(stored, line.ordered.versions)
            for version in line.versions {
                guard let fingerprint = version.content.fingerprint else { continue }
                try requireEqual(try reader.connection(withFingerprint: fingerprint), line.id.connection)
            }
        }
    }
}

/// What the contract promises to load of a line (`Line.attempts`, `Line.versions`).
private func visible(_ line: Line, _ named: AttemptID?) -> Line {
    var line = line.ordered
    line.attempts.removeAll { !$0.isOpen && $0.state != .ambiguous && $0.id != named }
    line.versions.removeAll { ![.current, .candidate].contains($0.status) && $0.attempt != named }
    return line
}

/// SplitMix64 (https://prng.di.unimi.it/splitmix64.c): the same seed, the same walk.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
