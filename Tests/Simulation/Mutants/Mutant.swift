import ConnectorSDK
import Model
import RefreshProtocol

/// A bug of PROTOCOL.md §13, planted from outside: around the protocol's step, around the owner, or in the simulated host.
struct Mutant: Sendable {
    typealias Aim = @Sendable (inout Dice) -> Profile

    /// As in the table; a letter where a row holds two bugs; F: found by the simulation itself.
    let name: String
    let bug: String
    /// What has to notice it: what the table names.
    let caughtBy: Set<Oracle>
    /// Draws an episode in which the bug can show.
    let aim: Aim
    let plant: @Sendable (inout Seams, inout Habits) -> Void

    static let all: [Mutant] =
        commits + candidates + silence + owners + recoveries + refusals + commands + restores + found + beside
}

extension Mutant {
    typealias Step = @Sendable (Line, LineEvent, RefreshProtocol.Context) -> LineStep

    static func honest(_ line: Line, _ event: LineEvent, _ context: RefreshProtocol.Context) -> LineStep {
        RefreshProtocol.step(line, event, in: context)
    }

    /// A bug in the step.
    static func step(
        _ name: String, _ bug: String, _ caughtBy: Set<Oracle>, aim: @escaping Aim,
        _ step: @escaping Step
    ) -> Mutant {
        Mutant(name: name, bug: bug, caughtBy: caughtBy, aim: aim) { seams, _ in seams.step = step }
    }

    /// A bug in the driver.
    static func habit(
        _ name: String, _ bug: String, _ caughtBy: Set<Oracle>, aim: @escaping Aim,
        _ habit: @escaping @Sendable (inout Habits) -> Void
    ) -> Mutant {
        Mutant(name: name, bug: bug, caughtBy: caughtBy, aim: aim) { _, habits in habit(&habits) }
    }

    /// A bug in what the owner makes of an event.
    static func hearing(
        _ name: String, _ bug: String, _ caughtBy: Set<Oracle>, aim: @escaping Aim,
        _ hears: @escaping @Sendable (Owner.Action, Owner.Event) -> Owner.Event
    ) -> Mutant {
        Mutant(name: name, bug: bug, caughtBy: caughtBy, aim: aim) { seams, _ in seams.hears = hears }
    }

    /// An episode of a class on a shared store, with just these faults.
    static func shared(
        _ rotation: RotationClass, hosts: Int = 2, seconds: Int = 500, lifetime: Int = 200, tight: Bool = false,
        _ change: @escaping @Sendable (inout Faults) -> Void
    ) -> Aim {
        { dice in
            var profile = Profile()
            profile.mode = .shared
            profile.hosts = hosts
            profile.rotation = rotation
            profile.seconds = seconds
            profile.lifetime = lifetime
            profile.tight = tight
            change(&profile.faults)
            return profile
        }
    }

    /// The same with one host on an embedded store.
    static func sqlite(
        _ rotation: RotationClass, seconds: Int = 500, lifetime: Int = 200, enablesAtEnd: Bool = true,
        _ change: @escaping @Sendable (inout Faults) -> Void
    ) -> Aim {
        { dice in
            var profile = Profile()
            profile.rotation = rotation
            profile.seconds = seconds
            profile.lifetime = lifetime
            profile.enablesAtEnd = enablesAtEnd
            change(&profile.faults)
            return profile
        }
    }
}

extension LineEvent {
    /// The presentation that brought tokens, if that is what happened.
    var bringsTokens: Presented? {
        if case .answer(let presented, .tokens) = self { presented } else { nil }
    }

    var refuses: Presented? {
        if case .answer(let presented, .refused) = self { presented } else { nil }
    }

    var isClaim: Bool {
        if case .claim = self { true } else { false }
    }

    var isSend: Bool {
        if case .send = self { true } else { false }
    }
}

extension Line {
    mutating func change(_ attempt: AttemptID, _ change: (inout Attempt) -> Void) {
        for index in attempts.indices where attempts[index].id == attempt { change(&attempts[index]) }
    }

    /// The same line as another class would see it, its attempts too.
    func seen(as rotation: RotationClass) -> Line {
        var line = self
        line.rotation = rotation
        line.attempts = attempts.map { $0.seen(as: rotation) }
        return line
    }
}

extension Attempt {
    func seen(as rotation: RotationClass) -> Attempt {
        Attempt(
            id: id, grant: grant, generationIn: generationIn, fence: fence, purpose: purpose, rotation: rotation,
            host: host,
            boot: boot, state: state, claimedAt: claimedAt, sentAt: sentAt, holderClear: holderClear,
            closedAt: closedAt,
            outcome: outcome)
    }
}

extension TokenVersion {
    func fenced(_ fence: Int64) -> TokenVersion {
        TokenVersion(
            generation: generation, parentGeneration: parentGeneration, grant: grant, attempt: attempt, fence: fence,
            content: content, status: status, revocationPending: revocationPending)
    }
}
