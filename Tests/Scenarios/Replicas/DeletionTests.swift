import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// `organizations delete` at one host while another works for that organization.
@Suite(.hosts(2)) struct DeletionTests {
    @Test("a call that another host has on the wire is waited for, and what it brings is told to the provider, too")
    func onTheWire() async throws {
        try await Replicas.run("deletion-on-the-wire", hosts: 2, timing: unhurriedTiming) { replicas in
            let (first, second) = (replicas[0], replicas[1])
            let id = try await second.scenario.connected()
            replicas.provider.hold(GateRule(operation: .refresh, phase: .after))
            async let caller = second.scenario.refresh(id, ["observed_generation": 1])
            #expect(await replicas.provider.whenWaiting() == 1)
            async let deleting = first.host.command("organizations", "delete", "org-1", "--yes", "--format", "json")
            try await eventually("it is gone for callers of both", every: .milliseconds(20)) {
                for host in [first, second] where try await host.scenario.token(id).status != 404 { return false }
                return true
            }
            replicas.provider.release()
            #expect(try await caller.status != 200)
            let deleted = try await deleting
            #expect(deleted.code == 0 && deleted.object["revoked"] as? Int == 1, "\(deleted.output)")
            #expect(replicas.provider.statistics().calls(of: .revoke) == 2, "the token before, and the late one")
            for table in ["connection", "line", "client", "data_key"] {
                #expect(try replicas.database.count(table, where: "organization = 'org-1'") == 0, "\(table)")
            }
            for host in [first, second] {
                try await eventually("its spool is empty", every: .milliseconds(50)) {
                    try host.files.spoolEntries().isEmpty && host.files.kept().isEmpty
                }
            }
        }
    }

    @Test("an answer that another host has put aside goes with the organization that it is of")
    func putAside() async throws {
        try await Replicas.run("deletion-put-aside", hosts: 2) { replicas in
            let (first, second) = (replicas[0], replicas[1])
            let id = try await second.scenario.connected()
            replicas.provider.add(Fault(.status, operation: .refresh, phase: .after, status: 500))
            _ = try await second.scenario.refresh(id, ["observed_generation": 1])
            try await eventually("it is put aside", every: .milliseconds(50)) { try !second.files.kept().isEmpty }
            let deleted = try await first.host.command("organizations", "delete", "org-1", "--yes", "--format", "json")
            #expect(deleted.object["connections"] as? Int == 1, "\(deleted.output)")
            try await eventually("nothing of it is left there", every: .milliseconds(50)) {
                try second.files.kept().isEmpty
            }
        }
    }
}
