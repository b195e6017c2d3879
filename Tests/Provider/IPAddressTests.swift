import Foundation
import Testing

@testable import Provider

@Suite("Connect-time address veto")
struct IPAddressTests {
    static let global = [
        "8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1", "2a00:1450::5", "64:ff9b::808:808",
    ]
    static let local = [
        "127.0.0.1", "127.255.0.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
        "100.127.0.1",
        "::1", "fc00::1", "fd12:3456::1", "64:ff9b::7f00:1", "2002:a00:1::1",
    ]
    static let forbidden = [
        "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "192.88.99.1", "224.0.0.1",
        "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
        "::ffff:169.254.169.254", "fe80::1", "febf::1", "fec0::1", "ff02::1", "100::1", "2001::1",
        "2001:0:4136:e378::1",
        "2001:db8::1", "3fff::1", "fd00:ec2::254", "fd20:ce::254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
        "2002:a9fe:a9fe::1", "5f00::1",
    ]

    @Test("SECURITY 42: an address of the open Internet is permitted", arguments: global)
    func permitsGlobal(_ text: String) throws {
        #expect(EgressPolicy().permits(try address(text)))
    }

    @Test("SECURITY 42: loopback, private and shared space only where the operator allows it", arguments: local)
    func refusesLocal(_ text: String) throws {
        #expect(!EgressPolicy().permits(try address(text)))
        #expect(EgressPolicy(allowPrivate: true).permits(try address(text)))
    }

    @Test("SECURITY 42: metadata, link-local, multicast, reserved and v4-mapped never", arguments: forbidden)
    func refusesForbidden(_ text: String) throws {
        #expect(!EgressPolicy().permits(try address(text)))
        #expect(!EgressPolicy(allowPrivate: true).permits(try address(text)))
    }

    @Test("SECURITY 42: an address of no known family is refused")
    func refusesUnknownFamily() {
        #expect(!EgressPolicy(allowPrivate: true).permits(IPAddress(bytes: [])))
    }

    private func address(_ text: String) throws -> IPAddress {
        let isVersion6 = text.contains(":")
        var bytes = [UInt8](repeating: 0, count: isVersion6 ? 16 : 4)
        try #require(inet_pton(isVersion6 ? AF_INET6 : AF_INET, text, &bytes) == 1)
        return IPAddress(bytes: bytes)
    }
}
