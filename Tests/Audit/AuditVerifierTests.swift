import Foundation
import Model
import Testing

@testable import Audit

@Suite struct AuditVerifierTests {
    /// A chain of ten links, its checkpoint, and what the verifier says after a change.
    private func findings(_ change: (ChainFiles, inout [String]) throws -> Void) async throws -> [AuditFinding] {
        try await withTestFolder { folder in
            let chain = try AuditChain.open(in: folder)
            try await chain.append(1...4)
            let early = chain.head
            try await chain.append(5...10)
            let files = ChainFiles(folder: folder)
            var lines = try files.lines()
            try #require(lines.count == 10)
            try #require(try files.verify([early, chain.head]).findings.isEmpty)
            try change(files, &lines)
            try files.write(lines)
            return try files.verify([early, chain.head]).findings
        }
    }

    private func expect(_ findings: [AuditFinding], _ kind: AuditFinding.Kind, line: Int) {
        #expect(findings.map(\.kind) == [kind])
        #expect(findings.map(\.line) == [line])
        #expect(findings.map(\.file) == ["host_1.000000000001.log"])
    }

    @Test func `SECURITY 54: a deleted line is named`() async throws {
        let found = try await findings { _, lines in lines.remove(at: 5) }
        expect(found, .missing, line: 6)
        #expect(found.first?.explanation.contains("link 6") == true)
        let first = try await findings { _, lines in lines.remove(at: 0) }
        expect(first, .missing, line: 1)
    }

    @Test func `a chain that goes on is read as far as it is known to be durable, and not less`() async throws {
        try await withTestFolder { folder in
            let chain = try AuditChain.open(in: folder)
            try await chain.append(1...4)
            let end = chain.head
            let files = ChainFiles(folder: folder)
            let lines = try files.lines()
            func report() throws -> AuditVerifier.Report {
                try AuditVerifier.verify(folder: folder + "/audit", host: .test, checkpoints: [], until: end)
            }
            try files.write(lines + [#"{"seq":5,"prev"#])
            #expect(try report().findings.isEmpty && report().links == 4)
            #expect(try files.verify().findings.map(\.kind) == [.unreadable], "to the end it is no line")
            try files.write(Array(lines.dropLast()))
            #expect(try report().findings.map(\.kind) == [.truncated])
        }
    }

    @Test func `SECURITY 54: lines in another order are named`() async throws {
        expect(try await findings { _, lines in lines.swapAt(5, 6) }, .reordered, line: 7)
        let moved = try await findings { _, lines in lines.append(lines.remove(at: 2)) }
        expect(moved, .reordered, line: 10)
        let twice = try await findings { _, lines in lines.insert(lines[4], at: 5) }
        expect(twice, .reordered, line: 6)
    }

    @Test func `SECURITY 54: an edited line is named, whatever was edited`() async throws {
        let record = try await findings { _, lines in
            lines[2] = lines[2].replacing("service:mailer", with: "service:nobody")
        }
        expect(record, .edited, line: 3)
        let number = try await findings { _, lines in lines[2] = lines[2].replacing(#""seq":3"#, with: #""seq":30"#) }
        #expect(number.first?.kind == .edited)
        #expect(number.first?.line == 3)
        let text = try await findings { _, lines in lines[2] = "nothing" }
        expect(text, .unreadable, line: 3)
    }

    @Test func `SECURITY 54: an edited line with a new hash does not fit the next one`() async throws {
        let found = try await findings { _, lines in
            let link = try #require(ChainLink(line: Array(lines[5].utf8)))
            var record = AuditRecord.example(6)
            record.caller = "service:nobody"
            lines[5] = line(.next(after: ChainHead(sequence: 5, hash: link.previous), json: record.canonicalJSON))
        }
        expect(found, .edited, line: 7)
    }

    @Test func `SECURITY 54: a chain written anew does not fit a checkpoint`() async throws {
        let found = try await findings { _, lines in
            var head = ChainHead.genesis(of: .test)
            for index in lines.indices {
                var record = AuditRecord.example(index + 1)
                if index == 1 { record.caller = "service:nobody" }
                let link = ChainLink.next(after: head, json: record.canonicalJSON)
                head = link.head
                lines[index] = line(link)
            }
        }
        #expect(found.map(\.kind) == [.rewritten, .rewritten])
        #expect(found.map(\.line) == [4, 10])
    }

    @Test func `SECURITY 54: a chain cut at its end is found by a checkpoint`() async throws {
        expect(try await findings { _, lines in lines.removeLast(3) }, .truncated, line: 7)
        #expect(try await findings { _, lines in lines = [] }.map(\.kind) == [.truncated])
    }

    @Test func `SECURITY 54: a chain that a checkpoint knows and that has no file is missing, with the way to mend it`()
        async throws
    {
        try await withTestFolder { folder in
            let chain = try AuditChain.open(in: folder)
            try await chain.append(1...4)
            let files = ChainFiles(folder: folder)
            let names = try files.names
            for name in names { try FileManager.default.removeItem(atPath: files.path(name)) }
            func found(until end: ChainHead? = nil) throws -> [AuditFinding] {
                try AuditVerifier.verify(
                    folder: folder + "/audit", host: .test, checkpoints: [chain.head], until: end
                ).findings
            }
            for found in [try found(), try found(until: chain.head), try found(until: .genesis(of: .test))] {
                #expect(found.map(\.kind) == [.missing])
                #expect(found.first?.description.hasPrefix("\(folder)/audit: missing: ") == true)
                #expect(found.first?.explanation.contains("put back host_1.*.log") == true)
            }
            #expect(try files.verify().findings.isEmpty, "nobody knows of it")
            #expect(try files.verify([.genesis(of: .test)]).findings.isEmpty, "nor of any link")
        }
    }

    @Test func `SECURITY 54: a removed file is found, an archived beginning is not missed`() async throws {
        try await withTestFolder { folder in
            var limits = AuditChain.Limits()
            limits.segmentBytes = 1000
            let chain = try AuditChain.open(in: folder, limits: limits)
            var heads: [ChainHead] = []
            for number in 1...12 {
                try await chain.append(.example(number))
                heads.append(chain.head)
            }
            let files = ChainFiles(folder: folder)
            let names = try files.names
            try #require(names.count >= 4)
            #expect(try files.verify([chain.head]) == AuditVerifier.Report(links: 12, head: chain.head, findings: []))
            let second = try #require(ChainLink(line: Array(try files.lines(names[1])[0].utf8))).sequence
            try FileManager.default.removeItem(atPath: files.path(names[0]))
            #expect(try files.verify([heads[Int(second) - 2], chain.head]).findings.isEmpty)
            #expect(try files.verify([chain.head]).findings.map(\.kind) == [.missing])
            try FileManager.default.removeItem(atPath: files.path(names[2]))
            let found = try files.verify([heads[Int(second) - 2], chain.head]).findings
            #expect(found.map(\.kind) == [.missing])
            #expect(found.first?.file == names[3])
            #expect(found.first?.line == 1)
        }
    }

    private func line(_ link: ChainLink) -> String {
        var bytes: [UInt8] = []
        link.appendLine(to: &bytes)
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}
