import ConnectorSDK
import Model
import RefreshProtocol

/// What can happen at a point of virtual time.
enum Happening {
    case poll(host: Int, line: Int, ticket: Int)
    case owner(host: Int, boot: Int, attempt: AttemptID, Owner.Event)
    case connected(host: Int, boot: Int, attempt: AttemptID)
    case hardDeadline(host: Int, boot: Int, attempt: AttemptID, call: Int)
    case softDeadline(host: Int, boot: Int, attempt: AttemptID, call: Int)
    case readable(call: Int)
    case broken(call: Int)
    case reply(call: Int)
    case work(call: Int)
    case transact(Int)
    case flush(host: Int, boot: Int)
    case restart(host: Int)
    case look(host: Int)
    case chaos(Chaos)
    case review
}

/// One episode: hosts, a store, a provider, a clock and a die. Single-threaded; the same seed gives the same episode.
final class World {
    let seed: UInt64
    let profile: Profile
    let seams: Seams
    let habits: Habits
    let timing: Timing
    var dice: Dice
    var now: Int64 = 0
    var queue = EventQueue<Happening>()
    var store = SimulatedStore()
    var provider: Provider
    var hosts: [SimulatedHost] = []
    /// Hosts that lost their disk, by the id that nobody bears any more.
    var departed: [HostID: RefreshProtocol.HostFact] = [:]
    var departures = 0
    var calls: [Call] = []
    /// Calls at which the provider still works.
    var working: [Int] = []
    var requests: [StoreRequest] = []
    var attempts = 0
    var session = 0
    /// What the store's clock has gained on real time: from 0 to J.
    var clockGain: Int64 = 0
    var outageEnds: Int64 = -1_000_000
    /// When the store's mark was drawn last.
    var lastDraw: Int64 = 0
    /// Whether faults still strike.
    var faulty = true
    var clientIsWrong = false
    var rolledBack = false
    /// It did, and no host has looked yet that can tell.
    var isUnseen = false
    var snapshot: SimulatedStore?
    var silence = StoreSilence()
    var epoch: Int64 = 1
    var witness = Witness()
    var tally = Tally()
    var violation: Violation?
    private(set) var trace: [String]?

    /// Store time at the beginning.
    static let start: Int64 = 1_000_000_000

    init(seed: UInt64, profile: Profile, dice: Dice, seams: Seams = Seams(), habits: Habits = Habits(), tracing: Bool) {
        self.seed = seed
        self.profile = profile
        self.seams = seams
        self.habits = habits
        self.dice = dice
        timing = profile.tight ? .tight : Timing()
        provider = Provider(lifetime: Int64(profile.lifetime) * 1000, killsOldTokens: profile.faults.killsOldTokens)
        trace = tracing ? [] : nil
    }

    func note(_ text: @autoclosure () -> String) {
        guard trace != nil else { return }
        trace?.append("\(Double(now) / 1000) \(text())")
    }

    func schedule(_ happening: Happening, at time: Int64) { queue.push(happening, at: max(time, now)) }

    func schedule(_ happening: Happening, after delay: Int64) { queue.push(happening, at: now + max(0, delay)) }

    func clock(of host: Int) -> MonotonicTime { MonotonicTime(milliseconds: now + hosts[host].clock) }

    /// The whole episode: first with faults, then without, until nothing is left to do.
    func run() {
        open()
        while violation == nil, !isOver, let next = queue.pop() {
            now = next.time
            listen()
            happen(next.element)
            silence.isAudible = isAnybodyAudible
        }
        if violation == nil, !isOver { fail(.i10, "nothing is going to happen any more") }
    }

    /// Set by the review that found everything settled.
    var isOver = false

    private func happen(_ happening: Happening) {
        if let host = host(of: happening), now < hosts[host].frozenUntil {
            return schedule(happening, at: hosts[host].frozenUntil)
        }
        switch happening {
        case .poll(let host, let line, let ticket): poll(host: host, line: line, ticket: ticket)
        case .owner(let host, let boot, let attempt, let event):
            if lives(host, boot) { dispatch(event, host: host, attempt: attempt) }
        case .connected(let host, let boot, let attempt):
            if lives(host, boot) { connected(host: host, attempt: attempt) }
        case .hardDeadline(let host, let boot, let attempt, let call):
            if lives(host, boot) { hardDeadline(host: host, attempt: attempt, call: call) }
        case .softDeadline(let host, let boot, let attempt, let call):
            if lives(host, boot) { softDeadline(host: host, attempt: attempt, call: call) }
        case .readable(let call): if lives(calls[call].host, calls[call].boot) { readable(call) }
        case .broken(let call): if lives(calls[call].host, calls[call].boot) { broken(call) }
        case .reply(let call): reply(call)
        case .work(let call): work(call)
        case .transact(let request): transact(request)
        case .flush(let host, let boot): if lives(host, boot) { flush(host) }
        case .restart(let host): restart(host)
        case .look(let host): if hosts[host].isAlive { look(host: host) }
        case .chaos(let chaos): strike(chaos)
        case .review: review()
        }
    }

    private func lives(_ host: Int, _ boot: Int) -> Bool { hosts[host].isAlive && hosts[host].bootNumber == boot }

    /// The host whose process has to be awake for it.
    private func host(of happening: Happening) -> Int? {
        switch happening {
        case .poll(let host, _, _), .owner(let host, _, _, _), .connected(let host, _, _), .flush(let host, _),
            .hardDeadline(let host, _, _, _), .softDeadline(let host, _, _, _), .look(let host):
            host
        case .readable(let call), .broken(let call): calls[call].host
        default: nil
        }
    }

    private func dispatch(_ event: Owner.Event, host: Int, attempt: AttemptID) {
        guard hosts[host].flushing.contains(attempt) else { return hear(event, host: host, attempt: attempt) }
        if attempt == Self.statement {
            hosts[host].flushing.remove(attempt)
        } else {
            flushed(event, host: host, attempt: attempt)
        }
    }

    func fail(_ oracle: Oracle, _ text: String) {
        guard violation == nil else { return }
        note("VIOLATION \(oracle): \(text)")
        violation = Violation(oracle: oracle, text: text)
    }
}

extension Timing {
    /// Valid constants in which the silence after T2 outlasts the lease, so that `quiet_at` alone keeps calls apart.
    static let tight: Timing = {
        var timing = Timing()
        timing.commitBudget = .seconds(2)
        timing.lease = .seconds(60)
        return timing
    }()
}
