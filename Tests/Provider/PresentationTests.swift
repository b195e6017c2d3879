import CCurl
import CLinux
import Foundation
import Synchronization
import Testing

@testable import Provider

@Suite("One presentation, sent at most once", .timeLimit(.minutes(1)))
struct PresentationTests {
    @Test("row 8: when the last check says no, not one byte arrives")
    func budget() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        defer { server.stop() }
        let asked = Mutex(0)
        let (outcome, times) = try await withClient { client in
            await client.performTimed(
                .post(server.url) {
                    asked.withLock { $0 += 1 }
                    return false
                })
        }
        #expect(outcome == .notSent(.budgetExhausted))
        #expect(times.written == nil && asked.withLock { $0 } == 1)
        try await eventually { server.log.connections == 1 }
        #expect(server.log.bytes == 0, "connected, and nothing written")
    }

    @Test("row 8: no time left to connect is no connection")
    func noTimeLeft() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        defer { server.stop() }
        try await withClient { client in
            let outcome = await client.perform(.post(server.url, connectTimeout: .zero))
            #expect(outcome == .notSent(.budgetExhausted))
        }
        #expect(server.log.connections == 0)
    }

    @Test("row 9: refused, unresolvable, and a handshake that never comes are not sent; the check is not asked")
    func notSent() async throws {
        let asked = Flag()
        let mayWrite: @Sendable () -> Bool = {
            asked.set()
            return true
        }
        let closed = try ScriptedServer { _ in }
        closed.stop()
        let silent = try ScriptedServer { $0.waitForEnd() }
        defer { silent.stop() }
        try await withClient { client in
            try await eventually { connectFails(closed.port) }
            let refused = await client.perform(.post(closed.url, mayWrite: mayWrite))
            #expect(refused == .notSent(.connectFailed))
            let hung = await client.perform(
                .post("https://127.0.0.1:\(silent.port)", connectTimeout: .milliseconds(200), mayWrite: mayWrite))
            #expect(hung == .notSent(.connectTimedOut))
            let unknown = await client.perform(
                .post("https://nowhere.invalid", connectTimeout: .seconds(3), mayWrite: mayWrite))
            #expect(unknown == .notSent(.nameNotResolved) || unknown == .notSent(.connectTimedOut))
        }
        #expect(!asked.isSet)
    }

    @Test("row 12, F11: at the hard deadline the socket is closed, not before; what was read is kept")
    func hardDeadline() async throws {
        let gone = Flag()
        let server = try ScriptedServer { peer in
            peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\n\r\nhalf")
            peer.waitForEnd()
            gone.set()
        }
        defer { server.stop() }
        let (outcome, times) = try await withClient { client in
            await client.performTimed(.post(server.url, hardDeadline: .seconds(3)))
        }
        #expect(outcome.broken == .deadlinePassed)
        #expect(outcome.partial?.body == Data("half".utf8))
        #expect(times.ended - (times.written ?? 0) >= 3_000_000_000)
        // Without the deadline the call would wait for its server, which says no more.
        #expect(times.duration < .seconds(30))
        try await eventually { gone.isSet }
    }

    @Test("row 12: a drip of bytes does not move the hard deadline")
    func drip() async throws {
        let (outcome, _) = try await post(hardDeadline: .seconds(3)) { peer in
            peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while peer.send("x") { usleep(5000) }
        }
        #expect(outcome.broken == .deadlinePassed)
        #expect((outcome.partial?.body.count ?? 0) > 0)
    }

    @Test("rows 11, 12, M21: frozen past the hard deadline, an answer that lies in the socket is still an answer")
    func freeze() async throws {
        let frozen = Flag()
        let delivered = Flag()
        let body = String(repeating: "x", count: 60_000)
        let server = try ScriptedServer { peer in
            guard peer.readRequest()?.contains("first") == true else { return peer.waitForEnd() }
            frozen.block()
            peer.answer(body: body)
            delivered.set()
            peer.waitForEnd()
        }
        defer { server.stop() }
        let anHourLater = Flag()
        let clock: @Sendable () -> Int64 = {
            tm_boottime_nanoseconds() + (anHourLater.isSet ? 3_600_000_000_000 : 0)
        }
        try await withClient(ProviderClient(policy: EgressPolicy(allowPrivate: true), clock: clock)) { client in
            async let first = client.perform(.post(server.url, body: "first"))
            try await eventually { server.log.requests.count == 1 }
            // The check of a second presentation stops the client's only thread, as SIGSTOP would, until the answer
            // is in the kernel and an hour has passed.
            async let second = client.perform(
                .post(server.url, body: "second") {
                    frozen.set()
                    delivered.block()
                    anHourLater.set()
                    return true
                })
            #expect(await first.answer?.body.count == 60_000)
            #expect(await second.broken == .deadlinePassed)
        }
        #expect(delivered.isSet)
    }

    @Test("F8, M18: a connection that the server keeps open is not used again, and nothing is sent twice")
    func noReuse() async throws {
        let server = try ScriptedServer { peer in
            guard let request = peer.readRequest(), request.contains("first") else { return peer.reset() }
            peer.answer(headers: ["Connection: keep-alive"])
            peer.readRequest()
        }
        defer { server.stop() }
        try await withClient { client in
            let first = await client.perform(.post(server.url, body: "first"))
            #expect(first.answer?.status == 200)
            let second = await client.perform(.post(server.url, body: "second"))
            #expect(second.broken == .connectionLost)
        }
        #expect(server.log.connections == 2 && server.log.requests.count == 2)
    }

    @Test("M18: a second question whether to write is refused without asking")
    func secondQuestion() throws {
        let asked = Mutex(0)
        let presentation = Presentation.post("https://provider.example") {
            asked.withLock { $0 += 1 }
            return true
        }
        let job = TransferJob(presentation: presentation, started: tm_boottime_nanoseconds()) { _, _ in }
        let transfer = try #require(Transfer(job, policy: EgressPolicy(), clock: tm_boottime_nanoseconds))
        #expect(transfer.mayWrite())
        #expect(!transfer.mayWrite())
        #expect(asked.withLock { $0 } == 1)
        #expect(transfer.outcome(CURLE_ABORTED_BY_CALLBACK).broken == .secondSendRefused)
    }

    @Test("The first byte of the answer is told once, before its end")
    func firstByte() async throws {
        let told = Mutex(0)
        let server = try ScriptedServer { peer in
            peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\n")
            let end = ContinuousClock.now + .seconds(30)
            while told.withLock({ $0 }) == 0 && ContinuousClock.now < end { usleep(500) }
            peer.send("Content-Length: 2\r\n\r\nok")
        }
        defer { server.stop() }
        let (outcome, times) = try await withClient { client in
            await client.performTimed(.post(server.url, onFirstByte: { told.withLock { $0 += 1 } }))
        }
        #expect(outcome.answer?.body == Data("ok".utf8))
        #expect(told.withLock { $0 } == 1)
        #expect(times.duration < .seconds(30))
    }

    private func connectFails(_ port: Int) -> Bool {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafeBytes(of: &address) { raw in
            connect(socket, raw.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(raw.count)) != 0
        }
    }
}
