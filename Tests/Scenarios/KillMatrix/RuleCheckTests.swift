import Foundation
import ProviderSimulator
import Testing

/// The check of the kill matrix finds what it looks for.
@Suite struct RuleCheckTests {
    @Test("a presentation against its class's rule is found")
    func findings() throws {
        #expect(try check(.family, .lost, [line(1, answer: .lost), line(2, .reuse, at: 3_000)]).isEmpty)
        #expect(
            try check(.family, .lost, [line(1, answer: .lost), line(2, .reuse, at: 2_999)]).count == 1, "too early")
        #expect(
            try check(.family, .delivered, [line(1), line(2, .reuse, at: 3_000)]).count == 1, "its answer was held")
        #expect(try check(.singleUse, .delivered, [line(1), line(2, .reuse, at: 1)]).count == 1)
        #expect(try check(.singleUse, .lost, [line(1, answer: .lost), line(2, .reuse, at: 1)]).isEmpty)
        #expect(try check(.overlap, .delivered, [line(1), line(2, .replayInWindow, at: 1)]).count == 1, "I1")
        #expect(try check(.overlap, .lost, [line(1, answer: .lost), line(2, .reuse, at: 1)]).count == 1)
        #expect(try check(.static, .delivered, [line(1, .unknown)]).count == 1)
        var overlapping = try line(1)
        overlapping.overlapping = true
        #expect(check(.static, .delivered, [overlapping]).count == 1, "I6")
    }

    @Test("who takes over may replay what lies in a dead host's spool, but for a family")
    func takenOver() throws {
        let replay = try [line(1), line(2, .replayInWindow, at: 1)]
        let reuse = try [line(1), line(2, .reuse, at: 3_000)]
        #expect(check(.overlap, .delivered, replay, isTakenOver: true).isEmpty)
        #expect(check(.singleUse, .delivered, reuse, isTakenOver: true).isEmpty)
        #expect(check(.family, .delivered, reuse, isTakenOver: true).count == 1)
        #expect(
            check(.singleUse, .delivered, reuse, at: .committed, isTakenOver: true).count == 1, "it is in the store")
    }

    private func check(
        _ rotation: KillRotation, _ fate: KillCell.Fate, _ lines: [Presentation], at point: KillCell.Point = .spooled,
        isTakenOver: Bool = false
    ) -> [String] {
        let cell = KillCell(point: point, rotation: rotation, fate: fate, round: 1)
        return RuleCheck(cell: cell, ownership: 4_000, isTakenOver: isTakenOver).violations(in: lines)
    }

    /// A presentation of generation 1, whose access token ends at 7,000; the second one follows the first.
    private func line(
        _ sequence: Int, _ verdict: Verdict = .fresh, at arrivedAt: Int = 0, answer: AnswerFate = .sent
    ) throws -> Presentation {
        let spentBy = verdict == .fresh ? "" : #""spent_by":1,"#
        let text = """
            {"sequence":\(sequence),"operation":"refresh","family":1,"generation":1,"verdict":"\(verdict.rawValue)",\(spentBy)
             "overlapping":false,"access_token_expires_at":7000,"arrived_at":\(arrivedAt),"answer":"\(answer.rawValue)"}
            """
        return try JSONDecoder().decode(Presentation.self, from: Data(text.utf8))
    }
}
