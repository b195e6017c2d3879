import Foundation
import Testing

@testable import Provider

@Suite("The client and its thread", .timeLimit(.minutes(1)))
struct ProviderClientTests {
    @Test("F12, M19: a caller that is cancelled changes nothing")
    func cancellation() async throws {
        let cancelled = Flag()
        let server = try ScriptedServer { peer in
            peer.readRequest()
            cancelled.block()
            peer.answer(body: "token")
        }
        defer { server.stop() }
        try await withClient { client in
            let url = server.url
            let call = Task { await client.perform(.post(url)) }
            try await eventually { server.log.requests.count == 1 }
            call.cancel()
            cancelled.set()
            #expect(await call.value.answer?.body == Data("token".utf8))
            let late = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await client.perform(.post(url))
            }
            #expect(await late.value.answer?.body == Data("token".utf8), "cancelled before the call")
        }
    }

    @Test("Shutdown waits for the calls in flight and takes no new one")
    func shutdown() async throws {
        let released = Flag()
        let server = try ScriptedServer { peer in
            peer.readRequest()
            released.block()
            peer.answer()
        }
        defer { server.stop() }
        let client = try ProviderClient(policy: EgressPolicy(allowPrivate: true))
        async let call = client.perform(.post(server.url))
        try await eventually { server.log.requests.count == 1 }
        let isDown = Flag()
        let stopping = Task {
            await client.shutdown()
            isDown.set()
        }
        let url = server.url
        while await client.perform(.post(url, mayWrite: { false })) != .notSent(.shutDown) {
            await Task.yield()
        }
        #expect(!isDown.isSet)
        released.set()
        #expect(await call.answer?.status == 200)
        await stopping.value
        await client.shutdown()
        #expect(await client.perform(.post(url)) == .notSent(.shutDown))
    }

    @Test("Two hundred presentations at once each have their own connection and answer")
    func many() async throws {
        let server = try ScriptedServer { peer in
            guard let request = peer.readRequest() else { return }
            peer.answer(body: String(request.suffix(3)))
        }
        defer { server.stop() }
        try await withClient { client in
            let url = server.url
            let wrong = await withTaskGroup { group in
                for number in 100..<300 {
                    group.addTask {
                        await client.perform(.post(url, body: "\(number)")).answer?.body == Data("\(number)".utf8)
                    }
                }
                return await group.filter { !$0 }.reduce(0) { count, _ in count + 1 }
            }
            #expect(wrong == 0)
        }
        #expect(server.log.connections == 200 && server.log.requests.count == 200)
    }
}
