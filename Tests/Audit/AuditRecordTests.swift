import Crypto
import Foundation
import Model
import Testing

@testable import Audit

@Suite struct AuditRecordTests {
    @Test func `A record is one line of JSON with its members in a fixed order`() {
        let hash = String(repeating: "ab", count: 32)
        #expect(
            String(decoding: AuditRecord.example(5).canonicalJSON, as: UTF8.self)
                == #"{"time":1700000000005,"organization":"acme","caller":"service:mailer","action":"token.read","#
                + #""connector":"google-workspace","connection":"conn_1","generation":5,"token":"\#(hash)","#
                + #""request":"req_5","outcome":"served"}"#)
        let short = AuditRecord(
            time: Timestamp(milliseconds: -1), organization: nil, caller: "", action: "a", request: "r", outcome: "o")
        #expect(
            String(decoding: short.canonicalJSON, as: UTF8.self)
                == #"{"time":-1,"caller":"","action":"a","request":"r","outcome":"o"}"#)
    }

    @Test func `Any text survives, and no text can end the line or add a member`() throws {
        let texts = [
            "\"", "\\", "\n", "\r\n", "\u{0}", "\u{1f}", "\u{7f}", "ü€😀", "\u{2028}", #"x","outcome":"y"#, "a\\\"b\tc",
        ]
        for text in texts {
            var record = AuditRecord.example(1)
            record.caller = text
            let json = record.canonicalJSON
            #expect(json.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
            let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
            #expect(object["caller"] as? String == text)
            #expect(object["outcome"] as? String == "served")
            #expect(object.count == 10)
        }
    }

    @Test func `A link's hash is SHA-256 over previous hash, number and record`() throws {
        let genesis = ChainHead.genesis(of: .test)
        let link = ChainLink.next(after: genesis, json: AuditRecord.example(1).canonicalJSON)
        let expected = SHA256.hash(
            data: Array(SHA256.hash(data: Array("token-manager audit 1\0reads\0host_1".utf8)))
                + [0, 0, 0, 0, 0, 0, 0, 1] + AuditRecord.example(1).canonicalJSON)
        #expect(link.hash.description == expected.map { String(format: "%02x", $0) }.joined())
        #expect(link.previous == genesis.hash)
        #expect(link.isConsistent)
        #expect(ChainHead.genesis(of: .test, chain: "writes") != genesis)
        #expect(ChainHead.genesis(of: HostID("host_2")) != genesis)
        #expect(ChainHash(link.hash.description) == link.hash)
        #expect(ChainHash(link.hash.description.uppercased()) == nil)
        #expect(ChainHash("ab") == nil)
    }

    @Test func `A link is read from exactly the bytes that were written`() throws {
        let link = ChainLink.next(after: .genesis(of: .test), json: AuditRecord.example(1).canonicalJSON)
        var line: [UInt8] = []
        link.appendLine(to: &line)
        line.removeLast()
        #expect(ChainLink(line: line) == link)
        for index in line.indices {
            var changed = line
            changed[index] ^= 1
            let read = ChainLink(line: changed)
            #expect(read == nil || read?.isConsistent == false, "byte \(index)")
            #expect(ChainLink(line: line.prefix(index)) == nil)
        }
        #expect(ChainLink(line: line + [32]) == nil)
    }

    @Test func `A store's own chain is verified with the same check`() {
        var head = ChainHead.genesis(of: .test, chain: "writes")
        let links = (1...3).map { number in
            let link = ChainLink.next(after: head, json: AuditRecord.example(number).canonicalJSON)
            head = link.head
            return link
        }
        func findings(_ links: [ChainLink]) -> [AuditFinding] {
            var check = ChainCheck(genesis: .genesis(of: .test, chain: "writes"), checkpoints: [head], in: "store")
            for (index, link) in links.enumerated() { check.take(link, at: ("audit_writes", index + 1)) }
            return check.finish()
        }
        #expect(findings(links).isEmpty)
        #expect(findings([links[0], links[2]]).map(\.kind) == [.missing])
    }
}
