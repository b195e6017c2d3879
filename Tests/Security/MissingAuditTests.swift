import Foundation
import TestSupport
import Testing

/// The audit of reads when its files are gone: what the store and the operator know of them is asked for.
@Suite(.serialized) struct MissingAuditTests {
    @Test("SECURITY 54: a spool that was taken away is found, told by the next start, and mended by putting it back")
    func wholeSpool() async throws {
        try await Scenario.run("missing-spool") { scenario in
            let host = scenario.host
            let child = try await host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            for _ in 0..<20 { _ = try await scenario.token(id) }
            try await host.stop(child)
            let name = try #require(try files(host).first)
            let told = try await Database(host).run("SELECT reason FROM event WHERE kind = 'AUDIT_CHECKPOINT'")
            let checkpoint = try #require(told.last?.first as? String)
            let spool = host.folder.appendingPathComponent("spool")
            let aside = host.folder.appendingPathComponent("aside")
            try FileManager.default.moveItem(at: spool, to: aside)
            try await expectMissing(name, host)
            try await expectMissing(name, host, "--checkpoint", checkpoint)
            let next = try await host.start()
            #expect(try await scenario.token(id).status == 200)
            #expect(try warnings(next) == 1, "under another id, and said once")
            try await expectMissing(name, host)
            try await host.stop(next)
            try await expectMissing(name, host)
            // The checkpoint alone knows it, too.
            let known = try Data(contentsOf: host.database)
            try await Database(host).run("DELETE FROM setting WHERE name LIKE 'audit_checkpoint/%'")
            try await Database(host).run("DELETE FROM event WHERE kind = 'AUDIT_CHECKPOINT'")
            try await expectMissing(name, host, "--checkpoint", checkpoint)
            try known.write(to: host.database)
            try FileManager.default.copyItem(
                at: aside.appendingPathComponent("audit/\(name)"), to: host.auditFolder.appendingPathComponent(name))
            let mended = try await host.command("audit", "verify", "--checkpoint", checkpoint)
            #expect(mended.code == 0, "\(mended.output)")
            let last = try await host.start()
            #expect(try warnings(last) == 1, "not said again, in the same log")
            try await host.stop(last)
        }
    }

    @Test("SECURITY 54: a running host misses its own files, and one that began anew behind them does not hide that")
    func ownFiles() async throws {
        try await Scenario.run("missing-files") { scenario in
            let host = scenario.host
            let child = try await host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            for _ in 0..<5 { _ = try await scenario.token(id) }
            let name = try #require(try files(host).first)
            let aside = host.folder.appendingPathComponent("aside")
            try FileManager.default.moveItem(at: host.auditFolder, to: aside)
            try await expectMissing(name, host)
            try FileManager.default.moveItem(at: aside, to: host.auditFolder)
            #expect(try await host.command("audit", "verify").code == 0)
            try await host.stop(child)
            try FileManager.default.moveItem(at: host.auditFolder, to: aside)
            let next = try await host.start()
            #expect(try warnings(next) == 1)
            // Longer than before: its own heads are noted again, and the events that know the old ones will be forgotten.
            for _ in 0..<20 { #expect(try await scenario.token(id).status == 200) }
            try await host.stop(next)
            try await Database(host).run("DELETE FROM event WHERE kind = 'AUDIT_CHECKPOINT'")
            let verdict = try await host.command("audit", "verify")
            #expect(verdict.code == 1 && verdict.output.contains("rewritten"), "\(verdict.output)")
        }
    }

    private func expectMissing(_ file: String, _ host: TestHost, _ more: String...) async throws {
        let verdict = try await host.command(["audit", "verify"] + more)
        let lost = try #require(file.split(separator: ".").first)
        let finding = verdict.output.split(separator: "\n").first { $0.contains("missing: ") }
        #expect(verdict.code == 1 && verdict.output.contains("NOT sound"), "\(verdict.output)")
        #expect(finding?.contains("put back \(lost).*.log") == true, "\(verdict.output)")
    }

    private func files(_ host: TestHost) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: host.auditFolder.path).filter { $0.hasSuffix(".log") }
    }

    private func warnings(_ child: ChildProcess) throws -> Int {
        let lines = try String(contentsOf: child.log, encoding: .utf8).split(separator: "\n")
        return lines.count { $0.contains("audit records of reads are gone") && $0.contains("\"warning\"") }
    }
}
