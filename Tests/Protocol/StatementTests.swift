import ConnectorSDK
import Foundation
import Model
import Testing

@testable import RefreshProtocol

@Suite("Row 26: a new boot speaks for the old ones")
struct StatementTests {
    private let later = BootID("boot-2")

    private func statement(_ journaled: [String], exclusive: Bool = false) -> LineEvent {
        .statement(host: Bench.host, boot: later, journaled: Set(journaled.map { AttemptID($0) }), exclusive: exclusive)
    }

    @Test("row 26: with a journal line AMBIGUOUS and clear, RECOVERING, silence raised", arguments: [false, true])
    func wasWritten(exclusive: Bool) {
        var bench = Bench()
        bench.present("a")
        let quiet = bench.line.quietAt
        bench.advance(.seconds(1))
        #expect(bench.perform(statement(["a"], exclusive: exclusive)) == .applied)
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.attempt("a")?.holderClear == true)
        #expect(bench.line.state == .recovering)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.line.quietAt == (exclusive ? bench.now + .seconds(15) : quiet))
    }

    @Test("row 26: without a journal line NOT_SENT: nothing is unresolved")
    func wasNotWritten() {
        var bench = Bench()
        bench.present("a")
        _ = bench.perform(statement([]))
        #expect(bench.attempt("a")?.state == .notSent)
        #expect(bench.line.state == .active)
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
        #expect(bench.attempt("b")?.purpose == .normal)
    }

    @Test("row 26: after a takeover too; the silence never falls on a shared store")
    func afterTakeover() {
        var bench = Bench()
        bench.presentAndFallSilent("a")
        bench.line.quietAt = bench.now + .seconds(1000)
        _ = bench.perform(statement(["a"]))
        #expect(bench.attempt("a")?.holderClear == true)
        #expect(bench.line.quietAt == bench.now + .seconds(1000))
        bench.line.quietAt = .distantPast
        var again = bench
        again.line.attempts[0].holderClear = false
        _ = again.perform(statement(["a"]))
        #expect(again.line.quietAt == again.now + .seconds(20))
    }

    @Test("rows 24 and 26: a restart does not shorten the silence that another call asked for")
    func busyBeforeRestart() {
        var bench = Bench(.singleUse)
        bench.present("a")
        _ = bench.answer("a", .busy(code: "in_progress"))
        let quiet = bench.line.quietAt
        bench.advance(.seconds(1))
        _ = bench.perform(statement(["a"], exclusive: true))
        #expect(bench.line.quietAt == quiet)
    }

    @Test("row 26: an INTENT of an earlier boot can no longer be sent", arguments: [false, true])
    func intent(exclusive: Bool) {
        var bench = Bench()
        _ = bench.claim("a")
        _ = bench.perform(statement([], exclusive: exclusive))
        #expect(bench.attempt("a")?.state == .notSent)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.send("a") == .notMine)
    }

    @Test("row 26: this boot's and other hosts' attempts are not spoken for")
    func onlyItsOwn() {
        var bench = Bench()
        bench.present("a", host: Bench.other)
        let before = bench.line
        _ = bench.perform(statement(["a"]))
        #expect(bench.line == before)
        var same = Bench()
        same.present("a")
        let line = same.line
        _ = same.perform(.statement(host: Bench.host, boot: Bench.boot, journaled: [], exclusive: false))
        #expect(same.line == line)
    }

    @Test("row 26: one that is clear already is not judged again by a journal that may have forgotten it")
    func judgedOnce() {
        var bench = Bench()
        bench.present("a")
        _ = bench.ambiguous("a")
        _ = bench.perform(statement([], exclusive: true))
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.line.state == .recovering)
        #expect(bench.line.quietAt == bench.now + .seconds(20))
        bench.line.quietAt = .distantPast
        _ = bench.perform(statement([], exclusive: true))
        #expect(bench.line.quietAt == bench.now + .seconds(15))
    }

    @Test("row 26: a confirmation that may have been written is recovered, an older unresolved one changes no state")
    func confirmation() {
        var bench = Bench(.singleUse)
        bench.refuseAndConfirm("a", "b")
        _ = bench.perform(statement(["b"]))
        #expect(bench.line.state == .recovering)
        var older = Bench(.singleUse)
        older.presentAndFallSilent("z")
        older.waitForSilence()
        older.present("a", host: Bench.other)
        _ = older.answer("a", .refused(code: "invalid_grant"))
        _ = older.perform(statement(["z"]))
        #expect(older.line.state == .suspect)
    }
}
