import Testing

@testable import Pipeline

@Suite struct PendingTests {
    @Test("who waits together is let go of by his own patience", .timeLimit(.minutes(1)))
    func patience() async {
        let pending = Pending<Int>(alarms: Alarms())
        async let patient = pending.value(within: .seconds(3600))
        await withTaskGroup(of: Int?.self) { group in
            for wait in 1...100 { group.addTask { await pending.value(within: .milliseconds(wait)) } }
            for await result in group { #expect(result == nil) }
        }
        #expect(!pending.isSettled)
        pending.settle(1)
        pending.settle(2)
        #expect(await patient == 1)
        #expect(await pending.value(within: .seconds(3600)) == 1)
    }

    @Test("who was let go of has left nothing behind for who still waits", .timeLimit(.minutes(1)))
    func cancellation() async {
        let pending = Pending<Int>(alarms: Alarms())
        async let patient = pending.value(within: .seconds(3600))
        let leaving = Task { await pending.value(within: .seconds(3600)) }
        leaving.cancel()
        #expect(await leaving.value == nil)
        pending.settle(1)
        #expect(await patient == 1)
    }

    @Test("every alarm rings once, and none before its time", .timeLimit(.minutes(1)))
    func alarms() async {
        let alarms = Alarms()
        let (rings, ring) = AsyncStream.makeStream(of: (number: Int, isDue: Bool).self)
        let start = ContinuousClock.now
        for number in (0..<500).shuffled() {
            let at = start + .microseconds(100 * number)
            alarms.set(at: at) { ring.yield((number, ContinuousClock.now >= at)) }
        }
        var rung: [Int] = []
        for await (number, isDue) in rings.prefix(500) {
            #expect(isDue)
            rung.append(number)
        }
        #expect(rung.sorted() == Array(0..<500))
    }
}
