import Foundation
import Testing

@testable import Pipeline

/// PROTOCOL.md §9: what says that the store went back, and what does not.
@Suite struct StoreMemoryTests {
    typealias Judgement = StoreMemory.Judgement

    static let second: Int64 = 2 << 32
    static let cases: [(known: Int64, StoredEpoch, highest: Int64, Judgement)] = [
        // A fresh host knows nothing, and a fresh store shows nothing.
        (0, StoredEpoch(current: 1), 0, .asKnown),
        (0, StoredEpoch(current: 1), 500, .asKnown),
        // Nothing was drawn since, or others have; a server that crashed skips numbers.
        (100, StoredEpoch(current: 1), 100, .asKnown),
        (100, StoredEpoch(current: 1), 132, .asKnown),
        // A dump, or a standby that had not caught up.
        (100, StoredEpoch(current: 1), 99, .wentBack(next: 2)),
        // Another host was first: begun, or on its way.
        (100, StoredEpoch(current: 2), second, .begun(2)),
        (0, StoredEpoch(current: 3), second + 7, .begun(3)),
        (100, StoredEpoch(current: 1, begins: 2), 120, .beginning(2)),
        (100, StoredEpoch(current: 1, begins: 2), 90, .wentBack(next: 2)),
        // The one that begins has raised the counters and died before it was done.
        (100, StoredEpoch(current: 1, begins: 2), second, .beginning(2)),
        // The same dump again, with others' marks in it: an equal epoch proves nothing, nor does a high mark.
        (second, StoredEpoch(current: 1), 90, .wentBack(next: 3)),
        (second + 9, StoredEpoch(current: 2), second + 8, .wentBack(next: 3)),
        (second, StoredEpoch(current: 1, begins: 5), 90, .wentBack(next: 5)),
    ]

    @Test("a store that shows this", arguments: cases)
    func judges(_ known: Int64, _ epoch: StoredEpoch, _ highest: Int64, _ judgement: Judgement) {
        #expect(StoreMemory(mark: known).judge(epoch, highest: highest) == judgement)
    }

    @Test("a mark drawn by this host is above what it had seen before, not above what it has seen since")
    func drawn() {
        let before = StoreMemory(mark: 100)
        // Drawn first, committed after the one that drew 102.
        #expect(!before.contradicts(drawn: 101))
        #expect(StoreMemory(mark: 102).contradicts(drawn: 101))
        #expect(before.contradicts(drawn: 100))
        #expect(before.contradicts(drawn: 7))
    }

    @Test("a fence below the journal's is older; an equal one and a line that the journal does not name are not")
    func fences() {
        #expect(StoreMemory.contradicts(fence: 4, noted: 5))
        #expect(!StoreMemory.contradicts(fence: 5, noted: 5))
        #expect(!StoreMemory.contradicts(fence: 6, noted: 5))
        #expect(!StoreMemory.contradicts(fence: 0, noted: nil))
    }

    @Test("the entry is read as it was written, and nothing else is taken for one")
    func entry() {
        for epoch in [StoredEpoch(current: 1), StoredEpoch(current: 7, begins: 8)] {
            #expect(StoredEpoch(epoch.stored) == epoch)
        }
        #expect(StoredEpoch(Data("3".utf8)) == StoredEpoch(current: 3))
        for text in ["", "x", "1 x", "1 2 3"] { #expect(StoredEpoch(Data(text.utf8)) == nil, "\(text)") }
    }
}
