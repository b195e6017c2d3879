package import Foundation

/// The entry `epoch` of a store: the number, and the next one while a host begins it.
package struct StoredEpoch: Sendable, Hashable {
    package var current: Int64
    /// Somebody saw that the store went back: lines are on their way into VERIFY, and nobody presents anything.
    package var begins: Int64?

    package init(current: Int64, begins: Int64? = nil) {
        self.current = current
        self.begins = begins
    }

    package init?(_ stored: Data) {
        let numbers = String(decoding: stored, as: UTF8.self).split(separator: " ").map { Int64($0) }
        guard (1...2).contains(numbers.count), let current = numbers[0] else { return nil }
        self.current = current
        guard numbers.count == 2 else { return }
        guard let begins = numbers[1] else { return nil }
        self.begins = begins
    }

    package var stored: Data {
        Data(([current] + (begins.map { [$0] } ?? [])).map(String.init).joined(separator: " ").utf8)
    }
}

/// What a host knows of its store outside it, and what that says of what the store shows (PROTOCOL.md §9). Pure.
///
/// A false alarm puts every rotating line of every customer into VERIFY, so all that is compared was known *before* the
/// transaction that shows the store was issued, and known from acknowledged commits alone. Then numbers of one sequence can
/// only have grown since, in whatever order the transactions of all hosts commit; a server that crashes skips numbers, and
/// forgets only such as no acknowledged commit depends on.
package struct StoreMemory: Sendable, Hashable {
    /// The highest mark that an acknowledged commit of this host had, or had seen.
    package var mark: Int64

    package init(mark: Int64) { self.mark = mark }

    /// The epoch that is known outside the store: each begins with a mark of its own.
    package var epoch: Int64 { Epoch.number(ofMark: mark) }

    package enum Judgement: Sendable, Hashable {
        case asKnown
        /// Another host, or a restore, has begun a later epoch.
        case begun(Int64)
        /// One is being begun: by a host that works on it, or one that died meanwhile.
        case beginning(Int64)
        /// The epoch to begin.
        case wentBack(next: Int64)
    }

    /// - Parameter highest: The highest mark drawn so far, as the store says.
    package func judge(_ stored: StoredEpoch, highest: Int64) -> Judgement {
        if stored.current < epoch || highest < mark { return .wentBack(next: next(after: stored)) }
        if let begins = stored.begins { return .beginning(begins) }
        return stored.current > epoch ? .begun(stored.current) : .asKnown
    }

    /// The epoch after all that are known of. One that is being begun is joined, unless this host knew a later one.
    package func next(after stored: StoredEpoch) -> Int64 {
        max(max(stored.current, epoch) + 1, stored.begins ?? 1)
    }

    /// A mark that this host has drawn itself is above all that it had seen before.
    package func contradicts(drawn mark: Int64) -> Bool { mark <= self.mark }

    /// A line's fence only grows: below what the journal had of it before, the store is older than that presentation.
    package static func contradicts(fence: Int64, noted: Int64?) -> Bool { noted.map { fence < $0 } ?? false }
}
