import Crypto
import Foundation
import Model
import Testing

@testable import Audit

@Suite struct AuditRecoveryTests {
    @Test func `A last line torn at any byte is cut and noted, a whole line never is`() async throws {
        try await withTestFolder { folder in
            let files = ChainFiles(folder: folder)
            let chain = try AuditChain.open(in: folder)
            try await chain.append(1...2)
            let two = try bytes(files)
            let head = chain.head
            try await chain.append(.example(3))
            let three = try bytes(files)
            for length in two.count..<three.count {
                try three.prefix(length).write(to: URL(fileURLWithPath: files.path(files.first)))
                let again = try AuditChain.open(in: folder)
                let lines = try files.lines()
                let torn = three[two.count..<length]
                if torn.isEmpty {
                    #expect(again.head == head)
                } else if length == three.count - 1 {
                    #expect(again.head == chain.head, "only its end was missing")
                    #expect(try bytes(files) == three)
                } else {
                    #expect(again.head.sequence == 3)
                    let hash = ChainHash(SHA256.hash(data: torn))
                    #expect(lines.last?.contains(#""action":"audit.repair""#) == true)
                    #expect(lines.last?.contains("cut \(torn.count) bytes") == true)
                    #expect(lines.last?.contains("sha256 \(hash)") == true)
                }
                #expect(Array(lines.prefix(2)) == (try text(two)))
                try await again.append(.example(4))
                let report = try files.verify([head, again.head])
                #expect(report.findings.isEmpty, "cut at \(length)")
            }
        }
    }

    @Test func `A whole last line that is no link stops the start and names the file`() async throws {
        try await withTestFolder { folder in
            let files = ChainFiles(folder: folder)
            try await AuditChain.open(in: folder).append(1...3)
            var lines = try files.lines()
            lines[2] = lines[2].replacing("served", with: "refused")
            try files.write(lines)
            let before = try bytes(files)
            let error = #expect(throws: AuditError.self) { try AuditChain.open(in: folder) }
            #expect(error?.code == .damaged)
            #expect(error?.description.contains(files.first) == true)
            #expect(try bytes(files) == before, "nothing is cut or written")
        }
    }

    @Test func `A crash between making a file and its first line leaves a chain that goes on in it`() async throws {
        try await withTestFolder { folder in
            let files = ChainFiles(folder: folder)
            let chain = try AuditChain.open(in: folder)
            try await chain.append(1...3)
            let next = "host_1.000000000004.log"
            for torn in ["", "{\"seq\":4,\"pr"] {
                try Data(torn.utf8).write(to: URL(fileURLWithPath: files.path(next)))
                let again = try AuditChain.open(in: folder)
                #expect(again.head.sequence == (torn.isEmpty ? 3 : 4))
                try await again.append(.example(4))
                let report = try files.verify([chain.head, again.head])
                #expect(report.findings.isEmpty)
                #expect(try files.lines(next).count == (torn.isEmpty ? 1 : 2))
            }
            try Data().write(to: URL(fileURLWithPath: files.path("host_1.000000000009.log")))
            #expect(throws: AuditError.self) { try AuditChain.open(in: folder) }
        }
    }

    @Test func `Files grow to their size, then another one follows`() async throws {
        try await withTestFolder { folder in
            var limits = AuditChain.Limits()
            limits.segmentBytes = 4000
            for start in 0..<4 {
                let chain = try AuditChain.open(in: folder, limits: limits)
                try await chain.append(start * 20 + 1...start * 20 + 20)
            }
            let files = ChainFiles(folder: folder)
            let report = try files.verify()
            #expect(report.links == 80)
            #expect(report.findings.isEmpty)
            #expect(try files.names.count > 5)
        }
    }

    @Test func `Hosts that share a folder have chains of their own`() async throws {
        try await withTestFolder { folder in
            let hosts = [HostID("host_1"), HostID("host_1.x"), HostID("host_2")]
            for host in hosts {
                let chain = try AuditChain.open(
                    folder: folder + "/audit", host: host, now: Timestamp(milliseconds: 0))
                try await chain.append(.example(1))
            }
            for host in hosts {
                let report = try AuditVerifier.verify(folder: folder + "/audit", host: host, checkpoints: [])
                #expect(report.links == 1)
                #expect(report.findings.isEmpty)
            }
        }
    }

    private func bytes(_ files: ChainFiles) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: files.path(files.first)))
    }

    private func text(_ bytes: Data) throws -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
