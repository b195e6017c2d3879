import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

@Suite("The owner's machine")
struct OwnerTests {
    private func time(_ seconds: Int) -> MonotonicTime { MonotonicTime(milliseconds: Int64(seconds) * 1000) }

    private func owner(merged: Bool = false) -> Owner {
        Owner(attempt: AttemptID("a"), timing: Timing(), merged: merged)
    }

    /// Drives the events one second apart and gives the actions, the first one included.
    private func actions(_ events: [Owner.Event], merged: Bool = false) -> [Owner.Action] {
        var owner = owner(merged: merged)
        var actions = [owner.start(at: time(0))]
        for (index, event) in events.enumerated() { actions.append(owner.next(after: event, at: time(index + 1))) }
        return actions
    }

    private func attempt(_ state: Attempt.State) -> Attempt {
        Attempt(
            id: AttemptID("a"), grant: GrantID("g"), generationIn: 1, fence: 2, purpose: .normal, rotation: .singleUse,
            host: Bench.host, boot: Bench.boot, state: state, claimedAt: .distantPast)
    }

    private let toWire: [Owner.Event] = [.stepped(.claimed), .stepped(.sent), .journaled]
    private let toCommit: [Owner.Event] = [.stepped(.claimed), .stepped(.sent), .journaled, .answered, .spooled]

    @Test("the way without faults")
    func wholeWay() {
        #expect(
            actions(toCommit + [.stepped(.advanced), .spoolEntryDeleted]) == [
                .claim(merged: false), .send, .journal, .present, .spool, .commit, .deleteSpoolEntry,
                .finish(.committed(.advanced)),
            ])
    }

    @Test("section 10: T1 and T2 in one transaction")
    func merged() {
        #expect(actions([.stepped(.sent), .journaled], merged: true) == [.claim(merged: true), .journal, .present])
    }

    @Test("T1 or T2 that does not hold ends it")
    func notClaimed() {
        #expect(actions([.stepped(.current)]).last == .finish(.notClaimed(.current)))
        #expect(
            actions([.stepped(.claimed), .stepped(.notSent("late"))]).last == .finish(.notClaimed(.notSent("late"))))
        #expect(actions([.stepped(.claimed), .stepped(.notMine)]).last == .finish(.lost))
        #expect(actions([.storeFailed]).last == .finish(.storeUnavailable))
    }

    @Test("a lost acknowledgement of T1 is answered by reading the attempt again (M15)")
    func lostClaim() {
        let start: [Owner.Event] = [.acknowledgementLost]
        #expect(actions(start).last == .reread(.claim))
        #expect(actions(start + [.reread(attempt(.intent), mine: true)]).last == .send)
        #expect(actions(start + [.reread(attempt(.notSent), mine: false)]).last == .finish(.lost))
        #expect(actions(start + [.reread(nil, mine: false)]).last == .finish(.storeUnavailable))
        #expect(actions(start + [.reread(attempt(.sent), mine: true)], merged: true).last == .journal)
        #expect(actions(start + [.storeFailed]).last == .recordNotSent(reason: "store"))
    }

    @Test("a lost acknowledgement of T2 is never read as sent (M14)")
    func lostSend() {
        let start: [Owner.Event] = [.stepped(.claimed), .acknowledgementLost]
        #expect(actions(start).last == .reread(.send))
        #expect(actions(start + [.reread(attempt(.intent), mine: true)]).last == .send)
        #expect(actions(start + [.reread(attempt(.sent), mine: true)]).last == .journal)
        #expect(actions(start + [.reread(attempt(.notSent), mine: false)]).last == .finish(.lost))
    }

    @Test("whatever may be recorded as SENT and was not written is said, until it is acknowledged (row 9)")
    func unsentIsSaid() {
        let lost: [Owner.Event] = [.stepped(.claimed), .acknowledgementLost]
        #expect(actions(lost + [.storeFailed]).last == .recordNotSent(reason: "store"))
        #expect(
            actions(lost + [.reread(attempt(.ambiguous), mine: false)]).last
                == .recordNotSent(reason: "taken_over_before_sending"))
        #expect(actions([.stepped(.claimed), .storeFailed]).last == .recordNotSent(reason: "store"))
        let failed = toWire + [.notWritten(reason: "dns")]
        #expect(actions(failed).last == .recordNotSent(reason: "dns"))
        #expect(actions(failed + [.storeFailed, .acknowledgementLost]).last == .recordNotSent(reason: "dns"))
        #expect(actions(failed + [.storeFailed, .stepped(.notMine)]).last == .finish(.notSent(reason: "dns")))
    }

    @Test("a broken call is said until it is acknowledged (row 12): nobody else can clear its holder")
    func brokenIsSaid() {
        let broken = toWire + [.broken(reason: "reset")]
        #expect(actions(broken).last == .recordAmbiguous(reason: "reset"))
        #expect(actions(broken + [.storeFailed]).last == .recordAmbiguous(reason: "reset"))
        #expect(actions(broken + [.acknowledgementLost]).last == .recordAmbiguous(reason: "reset"))
        #expect(actions(broken + [.stepped(.recorded)]).last == .finish(.ambiguous(reason: "reset")))
    }

    @Test("without a journal line nothing is written (row 8)")
    func journalFailure() {
        #expect(
            actions([.stepped(.claimed), .stepped(.sent), .journalFailed]).last == .recordNotSent(reason: "journal"))
    }

    @Test("a spool that fails is tried for C, then the answer goes to the store without it, and to both in turn")
    func spoolFailure() {
        var owner = owner()
        _ = owner.start(at: time(0))
        for event in toWire + [.answered] { _ = owner.next(after: event, at: time(1)) }
        #expect(owner.next(after: .spoolFailed, at: time(2)) == .spool)
        #expect(owner.next(after: .spoolFailed, at: time(16)) == .spool)
        #expect(owner.next(after: .spoolFailed, at: time(17)) == .commit)
        #expect(owner.next(after: .storeFailed, at: time(500)) == .spool)
        #expect(owner.next(after: .spoolFailed, at: time(500)) == .commit)
        #expect(owner.next(after: .acknowledgementLost, at: time(501)) == .reread(.commit))
        #expect(owner.next(after: .storeFailed, at: time(502)) == .spool)
        #expect(owner.next(after: .spooled, at: time(503)) == .commit)
        #expect(owner.next(after: .storeFailed, at: time(504)) == .finish(.spooled))
    }

    @Test("a store that is away is tried for C, then the spool keeps the answer")
    func storeAway() {
        var owner = owner()
        _ = owner.start(at: time(0))
        for event in toCommit { _ = owner.next(after: event, at: time(1)) }
        #expect(owner.next(after: .storeFailed, at: time(16)) == .commit)
        #expect(owner.next(after: .storeFailed, at: time(17)) == .finish(.spooled))
    }

    @Test("a lost acknowledgement of T3: deleted only when the answer's outcome is stored (M16)")
    func lostCommit() {
        let lost = toCommit + [.acknowledgementLost]
        #expect(actions(lost).last == .reread(.commit))
        for state in [Attempt.State.done, .rejected] {
            #expect(actions(lost + [.reread(attempt(state), mine: false)]).last == .deleteSpoolEntry)
        }
        for state in [Attempt.State.intent, .sent, .ambiguous, .notSent] {
            #expect(actions(lost + [.reread(attempt(state), mine: false)]).last == .commit)
        }
        #expect(actions(lost + [.reread(nil, mine: false)]).last == .commit)
        #expect(actions(lost + [.storeFailed]).last == .finish(.spooled))
    }

    @Test("row 8: both clocks start before their transactions are issued (M12, M13)")
    func budget() {
        var owner = owner()
        let timing = Timing()
        _ = owner.start(at: time(100))
        _ = owner.next(after: .stepped(.claimed), at: time(110))
        #expect(owner.elapsed(at: time(110)) == .seconds(10))
        _ = owner.next(after: .stepped(.sent), at: time(112))
        #expect(owner.writeBudget.allowsWriting(at: time(115)))
        #expect(!owner.writeBudget.allowsWriting(at: time(115) + .milliseconds(1)))
        #expect(owner.writeBudget.remaining(at: time(112)) == .seconds(3))
        #expect(owner.writeBudget.remaining(at: time(200)) == .zero)

        var slow = self.owner()
        _ = slow.start(at: time(0))
        _ = slow.next(after: .stepped(.claimed), at: time(29))
        #expect(timing.lease - timing.hard - timing.commitBudget == .seconds(30))
        #expect(slow.writeBudget.allowsWriting(at: time(30)))
        #expect(!slow.writeBudget.allowsWriting(at: time(31)))
    }

    @Test("a T1 or T2 that was found again keeps the clocks of its issue")
    func budgetAfterReread() {
        var owner = owner(merged: true)
        _ = owner.start(at: time(0))
        _ = owner.next(after: .acknowledgementLost, at: time(4))
        _ = owner.next(after: .reread(attempt(.sent), mine: true), at: time(5))
        #expect(owner.writeBudget.allowsWriting(at: time(5)))
        #expect(!owner.writeBudget.allowsWriting(at: time(6)))
    }
}
