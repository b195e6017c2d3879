/// Places that many take, none of whom may take them all: who holds as many as are free gets no more. One alone gets half,
/// two that want everything a third each, and whoever comes next finds some free. Nothing is kept of who holds none.
struct FairShare<Holder: Hashable & Sendable>: Sendable {
    private let places: Int
    private(set) var taken = 0
    private var held: [Holder: Int] = [:]

    init(places: Int) { self.places = places }

    /// How many a holder has.
    func count(of holder: Holder) -> Int { held[holder, default: 0] }

    /// Whether a holder may have one more.
    /// - Parameter weight: so many times what is free it may hold.
    func admits(_ holder: Holder, weight: Int = 1) -> Bool { count(of: holder) < weight * (places - taken) }

    /// Takes one place for one holder, or for several who share it.
    mutating func take(_ holders: Holder...) { take(holders) }

    mutating func take(_ holders: [Holder]) {
        taken += 1
        for holder in holders { held[holder, default: 0] += 1 }
    }

    mutating func giveBack(_ holders: Holder...) { giveBack(holders) }

    mutating func giveBack(_ holders: [Holder]) {
        taken -= 1
        for holder in holders {
            let left = count(of: holder) - 1
            held[holder] = left > 0 ? left : nil
        }
    }
}
