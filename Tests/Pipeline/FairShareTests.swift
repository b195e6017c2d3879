import Testing

@testable import Pipeline

/// Who may have how many of what all take from.
@Suite struct FairShareTests {
    /// Each takes in turn until nobody may have more.
    private func filled(_ holders: [String], places: Int) -> FairShare<String> {
        var share = FairShare<String>(places: places)
        while let next = holders.filter({ share.admits($0) }).min(by: { share.count(of: $0) < share.count(of: $1) }) {
            share.take(next)
        }
        return share
    }

    @Test("one alone gets half, two a third each, and there is always something for who comes next")
    func greedy() {
        #expect(filled(["a"], places: 128).count(of: "a") == 64)
        let two = filled(["a", "b"], places: 120)
        #expect(two.count(of: "a") == 40 && two.count(of: "b") == 40)
        for count in 1...30 {
            let share = filled((0..<count).map { "\($0)" }, places: 64)
            #expect(share.admits("late") && share.taken < 64, "\(count) greedy ones")
        }
    }

    @Test("what is given back is there again; the last one can be had")
    func givingBack() {
        var share = FairShare<String>(places: 2)
        #expect(share.admits("a"))
        share.take("a", "b")
        #expect(share.taken == 1 && !share.admits("a") && share.admits("a", weight: 2) && share.admits("c"))
        share.take("c")
        #expect(!share.admits("d", weight: 9))
        share.giveBack("a", "b")
        #expect(share.taken == 1 && share.count(of: "a") == 0 && share.admits("a"))
        var single = FairShare<String>(places: 1)
        #expect(single.admits("a"))
        single.take("a")
        #expect(!single.admits("b"))
    }
}
