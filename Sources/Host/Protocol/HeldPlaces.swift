package import Model

/// What one process holds of a `SharedWindow`: places with calls, places that nobody needs, and calls that it has not told of.
package struct HeldPlaces: Sendable {
    /// The right to make one call.
    package struct Place: Sendable, Hashable {
        fileprivate let number: UInt64
        /// Store time when it was given, and this process's own before it was asked for: what has passed since on the own
        /// clock, added to store time, is never earlier than store time.
        fileprivate let given: Timestamp
        fileprivate let asked: MonotonicTime
        /// No call is made with it later.
        fileprivate let until: MonotonicTime
    }

    private var last: UInt64 = 0
    private var free: [Place] = []
    private var out: Set<Place> = []
    private var made: [Timestamp] = []
    /// What was told may not have arrived: the store may count places that nobody has.
    private var isDoubted = false

    package init() {}

    /// Others wait for what is to be told.
    package var hasNews: Bool { !free.isEmpty || !made.isEmpty || isDoubted }
    /// A new one would be the same.
    package var isEmpty: Bool { !hasNews && out.isEmpty }

    /// Places that a call which begins now can count on.
    /// - Parameter needed: how long before its first byte.
    package func count(at now: MonotonicTime, needed: Duration) -> Int { free.count { $0.until - now >= needed } }

    package mutating func take(at now: MonotonicTime, needed: Duration) -> Place? {
        guard let index = free.lastIndex(where: { $0.until - now >= needed }) else { return nil }
        let place = free.remove(at: index)
        out.insert(place)
        return place
    }

    /// The call is not made.
    package mutating func giveBack(_ place: Place) {
        if out.remove(place) != nil { free.append(place) }
    }

    /// The call is made now.
    /// - Returns: false: it must not be, its place is anybody's by now.
    package mutating func call(_ place: Place, at now: MonotonicTime) -> Bool {
        guard out.remove(place) != nil, now <= place.until else { return false }
        // All three are rounded down.
        made.append(place.given + (now - place.asked) + .milliseconds(2))
        return true
    }

    // MARK: Telling

    /// What is to be told; it is gone from here, so that no call begins with what was given back.
    package mutating func report(of process: BootID, wants: Int, holding: Duration) -> SharedWindow.Report {
        defer { (free, made, isDoubted) = ([], [], false) }
        return SharedWindow.Report(process: process, made: made, keeps: out.count, wants: wants, holding: holding)
    }

    /// Nobody knows whether it arrived. Calls are told again; what was free counts until the next report.
    package mutating func restore(_ report: SharedWindow.Report) { (made, isDoubted) = (report.made + made, true) }

    /// Places came.
    /// - Parameters:
    ///   - given: store time when they were.
    ///   - asked: from before they were asked for.
    ///   - use: how long they may be used, no longer than the report said.
    package mutating func add(_ count: Int, given: Timestamp, asked: MonotonicTime, use: Duration) {
        for _ in 0..<count {
            last += 1
            free.append(Place(number: last, given: given, asked: asked, until: asked + use))
        }
    }
}
