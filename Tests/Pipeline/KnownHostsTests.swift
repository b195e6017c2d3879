import Model
import Testing

@testable import Pipeline

/// What a host makes of what the others on its store have said of themselves.
@Suite struct KnownHostsTests {
    private let own = HostFacts(key: "k2", keys: ["k1", "k2"], definitions: ["a": "1", "b": "1"])

    private func other(_ name: String, key: String = "k2", _ definitions: [String: String]) -> OtherHost {
        OtherHost(id: HostID(name), facts: HostFacts(key: key, keys: [key], definitions: definitions))
    }

    @Test("definitions differ once two looks in a row have found it, and are said once")
    func differing() {
        let (hosts, id) = (KnownHosts(), HostID("host_1"))
        let others = [other("host_1", ["a": "2", "c": "1"])]
        #expect(hosts.note(others, own: own).definitions.isEmpty && hosts.differing.isEmpty)
        #expect(hosts.note(others, own: own).definitions == [id: ["a", "b", "c"]])
        #expect(hosts.differing == [id: ["a", "b", "c"]])
        #expect(hosts.note(others, own: own).definitions.isEmpty, "said already")
        let nearly = [other("host_1", ["a": "1", "b": "1", "c": "1"])]
        #expect(hosts.note(nearly, own: own).definitions == [id: ["c"]], "what is left of it")
        #expect(hosts.note([], own: own).definitions.isEmpty && hosts.differing.isEmpty, "it has ended")
    }

    @Test("a connector is another's as long as one that lives has its definition")
    func has() {
        let hosts = KnownHosts()
        #expect(!hosts.has(definition: "c"))
        _ = hosts.note([other("host_1", ["c": "1"]), OtherHost(id: HostID("host_2"), facts: nil)], own: own)
        #expect(hosts.has(definition: "c") && !hosts.has(definition: "d"))
        _ = hosts.note([OtherHost(id: HostID("host_2"), facts: nil)], own: own)
        #expect(!hosts.has(definition: "c"))
    }

    @Test("a key that another host wraps with and that is not here is lacking until it is, and said once")
    func lacking() {
        let hosts = KnownHosts()
        let others = [other("host_1", key: "k3", [:]), other("host_2", key: "k1", [:])]
        #expect(hosts.note(others, own: own).keys == ["k3"] && hosts.lackingKeys == ["k3"])
        #expect(hosts.note(others, own: own).keys.isEmpty && hosts.lackingKeys == ["k3"])
        var copied = own
        copied.keys.insert("k3")
        #expect(hosts.note(others, own: copied).keys.isEmpty && hosts.lackingKeys.isEmpty)
    }
}
