import Foundation
import Testing

@testable import Provider

@Suite("Where calls may go", .serialized, .timeLimit(.minutes(1)))
struct EgressTests {
    @Test(
        "SECURITY 42: a name or address that leads to this machine is refused before a connection",
        arguments: ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"])
    func privateAddress(_ host: String) async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        defer { server.stop() }
        try await withClient(EgressPolicy()) { client in
            let outcome = await client.perform(.post("https://\(host):\(server.port)/"))
            #expect(outcome == .notSent(.addressRefused))
        }
        #expect(server.log.connections == 0)
    }

    @Test("SECURITY 42: metadata and link-local stay refused where private is allowed")
    func metadata() async throws {
        try await withClient { client in
            for host in ["169.254.169.254", "[fe80::1]", "[::ffff:127.0.0.1]", "0.0.0.0"] {
                let outcome = await client.perform(.post("https://\(host)/"))
                #expect(outcome == .notSent(.addressRefused))
            }
        }
    }

    @Test("The environment's proxies are ignored")
    func environmentProxy() async throws {
        let proxy = try ScriptedServer { $0.waitForEnd() }
        defer { proxy.stop() }
        let names = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        for name in names { setenv(name, proxy.url, 1) }
        defer { for name in names { unsetenv(name) } }
        let (plain, _) = try await post { peer in
            peer.readRequest()
            peer.answer()
        }
        #expect(plain.answer?.status == 200)
        let secure = try TLSServer(certificate: "good")
        try await withClient(EgressPolicy(allowPrivate: true, caFile: TLSMaterial.caFile)) { client in
            #expect(await client.call(WireRequest(method: "GET", url: secure.url)).answer?.status == 200)
        }
        #expect(proxy.log.connections == 0)
    }

    @Test("EGRESS_PROXY carries https through CONNECT, tells it no header of ours, and `no_proxy` is ignored")
    func proxy() async throws {
        let target = try TLSServer(certificate: "good")
        let port = target.port
        let proxy = try ScriptedServer { peer in
            peer.readRequest()
            peer.send("HTTP/1.1 200 Connection established\r\nX-Proxy: 1\r\n\r\n")
            peer.tunnel(toPort: port)
        }
        defer { proxy.stop() }
        setenv("no_proxy", "*", 1)
        defer { unsetenv("no_proxy") }
        let policy = EgressPolicy(allowPrivate: true, proxy: proxy.url, caFile: try TLSMaterial.caFile)
        try await withClient(policy) { client in
            let headers = [WireHeader("Authorization", "Bearer CANARY")]
            let outcome = await client.call(WireRequest(method: "GET", url: target.url, headers: headers))
            #expect(outcome.answer?.status == 200)
            #expect(outcome.answer?.header("x-proxy") == nil)
        }
        let connect = try #require(proxy.log.requests.first)
        #expect(connect.hasPrefix("CONNECT localhost:\(port) HTTP/1.1"))
        #expect(!connect.contains("CANARY"))
    }

    @Test("row 9: a proxy that refuses means that nothing was sent")
    func refusingProxy() async throws {
        let proxy = try ScriptedServer { peer in
            peer.readRequest()
            peer.answer("403 Forbidden", body: "no")
        }
        defer { proxy.stop() }
        try await withClient(EgressPolicy(allowPrivate: true, proxy: proxy.url)) { client in
            let outcome = await client.perform(.post("https://provider.example/"))
            #expect(outcome == .notSent(.proxyFailed))
        }
        #expect(proxy.log.requests.count == 1)
    }

    @Test("SECURITY 42: the veto applies to the proxy itself")
    func privateProxy() async throws {
        let proxy = try ScriptedServer { $0.waitForEnd() }
        defer { proxy.stop() }
        try await withClient(EgressPolicy(proxy: proxy.url)) { client in
            let outcome = await client.perform(.post("https://provider.example/"))
            #expect(outcome == .notSent(.addressRefused))
        }
        #expect(proxy.log.connections == 0)
    }
}

extension Peer {
    /// Copies bytes both ways until either end closes.
    fileprivate func tunnel(toPort port: Int) {
        let target = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let isOpen = withUnsafeBytes(of: &address) { raw in
            connect(target, raw.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(raw.count)) == 0
        }
        guard isOpen else { return }
        let here = socket
        Thread.detachNewThread { Self.copy(from: target, to: here) }
        Self.copy(from: here, to: target)
        close(target)
    }

    private static func copy(from source: Int32, to target: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(source, &buffer, buffer.count, 0), count > 0 {
            Foundation.send(target, buffer, count, Int32(MSG_NOSIGNAL))
        }
        shutdown(target, Int32(SHUT_WR))
    }
}
