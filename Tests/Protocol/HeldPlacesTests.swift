import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

/// What hosts do with the places of one window, whatever becomes of them and of what they say.
@Suite struct HeldPlacesTests {
    private let process = BootID("boot_1")

    private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(milliseconds: milliseconds) }

    @Test func `a call is told with a time that is not too early`() throws {
        var places = HeldPlaces()
        places.add(1, given: Timestamp(milliseconds: 5000), asked: at(100), use: .seconds(10))
        let placeTaken = places.take(at: at(130), needed: .seconds(5))
        let place = try #require(placeTaken)
        #expect(!places.hasNews && !places.isEmpty)
        #expect(places.call(place, at: at(150)) == true)
        #expect(places.hasNews)
        let report = places.report(of: process, wants: 0, holding: .seconds(11))
        #expect(report.made == [Timestamp(milliseconds: 5052)] && report.keeps == 0)
        #expect(places.isEmpty)
        places.restore(report)
        #expect(places.report(of: process, wants: 0, holding: .seconds(11)) == report, "did it arrive?")
    }

    @Test func `a place serves one call, in its time`() throws {
        var places = HeldPlaces()
        places.add(2, given: Timestamp(milliseconds: 0), asked: at(0), use: .seconds(10))
        #expect(places.count(at: at(5000), needed: .seconds(5)) == 2)
        #expect(places.count(at: at(5001), needed: .seconds(5)) == 0)
        #expect(places.take(at: at(5001), needed: .seconds(5)) == nil, "its claim would outlive it")
        let lateTaken = places.take(at: at(10), needed: .seconds(5))
        let late = try #require(lateTaken)
        #expect(places.call(late, at: at(10_001)) == false)
        let onceTaken = places.take(at: at(10), needed: .seconds(5))
        let once = try #require(onceTaken)
        #expect(places.call(once, at: at(10_000)) && !places.call(once, at: at(10_000)))
        places.giveBack(once)
        #expect(places.count(at: at(0), needed: .zero) == 0)
    }

    @Test func `what goes back serves the next, or is told to be free`() throws {
        var places = HeldPlaces()
        places.add(2, given: Timestamp(milliseconds: 0), asked: at(0), use: .seconds(10))
        let firstTaken = places.take(at: at(0), needed: .seconds(5))
        let first = try #require(firstTaken)
        places.giveBack(first)
        let nextTaken = places.take(at: at(0), needed: .seconds(5))
        let next = try #require(nextTaken)
        #expect(next == first)
        let report = places.report(of: process, wants: 3, holding: .seconds(11))
        #expect(report.keeps == 1 && report.made.isEmpty && report.wants == 3)
        #expect(places.take(at: at(0), needed: .zero) == nil)
        #expect(places.call(next, at: at(1)) == true, "it was kept")
    }

    @Test(
        "hosts that call, freeze, die and lose answers in any order: no time has more calls than the limit",
        arguments: 1...40)
    func any(seed: UInt64) throws {
        var world = World(seed: seed)
        for _ in 0..<10_000 { world.step() }
        let calls = world.calls.sorted()
        let most = calls.indices.map { first in
            calls[first...].prefix { $0 < calls[first] + world.per }.count
        }
        #expect(try #require(most.max()) <= world.limit.count, "\(world.limit)")
        #expect(calls.count > 20 && most.max() ?? 0 >= min(world.limit.count, 5) - 1, "they go on calling")
    }
}

/// Hosts with clocks of their own, a store that takes one question after the other, and time between all of it.
private struct World {
    struct Host {
        var boot: BootID
        /// Ahead of real time, in microseconds.
        let ahead: Int64
        /// Stands still until then.
        var frozen: Int64 = 0
        var places = HeldPlaces()
        var out: [HeldPlaces.Place] = []
        var question: (report: SharedWindow.Report, asked: MonotonicTime)?
        /// The store has answered; nil: the answer is lost.
        var reply: (got: Int, at: Timestamp)??
    }

    private var random: Dice
    /// Real time, in microseconds.
    private var time: Int64 = 1_000_000_000
    private var row = SharedWindow()
    private var hosts: [Host] = []
    private var boots = 0
    let limit: RateLimit
    /// When a first byte was written, in microseconds.
    private(set) var calls: [Int64] = []

    private static let use = Duration.milliseconds(300)
    private static let holding = Duration.milliseconds(310)

    init(seed: UInt64) {
        var random = Dice(state: seed)
        // More than 64: times are rounded.
        let count = seed % 4 == 0 ? Int.random(in: 65...90, using: &random) : Int.random(in: 1...5, using: &random)
        limit = RateLimit(count: count, per: .milliseconds(Int64.random(in: 40...200, using: &random)))
        for _ in 0..<3 { hosts.append(Host(boot: BootID(""), ahead: .random(in: 0...999_999_999, using: &random))) }
        self.random = random
        for index in hosts.indices { start(index) }
    }

    var per: Int64 { limit.per.inMilliseconds * 1000 }

    private var now: Timestamp { Timestamp(milliseconds: time / 1000) }

    private func clock(_ host: Host) -> MonotonicTime { MonotonicTime(milliseconds: (time + host.ahead) / 1000) }

    private mutating func start(_ index: Int) {
        boots += 1
        hosts[index] = Host(boot: BootID("boot_\(boots)"), ahead: hosts[index].ahead)
    }

    mutating func step() {
        time += Int64.random(in: 0...(limit.count > 64 ? 200 : 4000), using: &random)
        let index = Int.random(in: hosts.indices, using: &random)
        let dice = Int.random(in: 0..<400, using: &random)
        if dice == 0 { return start(index) }
        var host = hosts[index]
        guard host.frozen < time else { return }
        if !host.out.isEmpty, dice < 40 { host.frozen = time + .random(in: 0...500_000, using: &random) }
        switch dice {
        case 1..<100: converse(&host)
        case 100..<240: take(&host)
        case 240..<280: if let place = drop(&host) { host.places.giveBack(place) }
        case 280..<290: if call(&host) { return start(index) }
        default: call(&host)
        }
        hosts[index] = host
    }

    /// Asks; or the store answers; or the host hears it. Time passes in between, and other hosts come first.
    private mutating func converse(_ host: inout Host) {
        guard let question = host.question else {
            let wants = Int.random(in: 0...(limit.count > 64 ? 40 : 3), using: &random)
            host.question = (
                host.places.report(of: host.boot, wants: wants, holding: Self.holding), clock(host)
            )
            return
        }
        guard let reply = host.reply else {
            // One question in ten never arrives, and one answer in ten.
            let fate = Int.random(in: 0..<10, using: &random)
            if fate > 0 {
                let got = row.exchange(question.report, limit: limit, at: now).got
                host.reply = .some(fate > 1 ? (got, now) : nil)
            } else {
                host.reply = .some(nil)
            }
            return
        }
        if let reply {
            host.places.add(reply.got, given: reply.at, asked: question.asked, use: Self.use)
        } else {
            host.places.restore(question.report)
        }
        (host.question, host.reply) = (nil, nil)
    }

    private func take(_ host: inout Host) {
        if let place = host.places.take(at: clock(host), needed: Self.use / 2) { host.out.append(place) }
    }

    private mutating func drop(_ host: inout Host) -> HeldPlaces.Place? {
        host.out.isEmpty ? nil : host.out.remove(at: Int.random(in: host.out.indices, using: &random))
    }

    @discardableResult
    private mutating func call(_ host: inout Host) -> Bool {
        guard let place = drop(&host), host.places.call(place, at: clock(host)) else { return false }
        calls.append(time)
        return true
    }

    /// SplitMix64 (https://prng.di.unimi.it/splitmix64.c): the same seed, the same run.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
