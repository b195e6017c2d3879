import Foundation
import HTTPTypes
import Model
import NIOCore
import Pipeline
import Synchronization
import Testing

@testable import API

/// What one caller with a valid token can hold of what all live on (SECURITY.md line 38).
@Suite struct CallerQuotaTests {
    private func caller(_ id: String = "a", organization: String = "org-1", isUser: Bool = false) -> Caller {
        Caller(
            organization: OrganizationID(organization),
            identity: isUser
                ? .user(id: id, role: .admin) : .service(id: id, scopes: [.eventsRead], connectors: nil),
            requestID: "r")
    }

    @Test func eachCallerHasItsOwn() throws {
        let quota = CallerQuota(most: 3, refusal: "no more")
        let held = try quota.take(3, by: caller())
        expect(.callerRateLimited) { _ = try quota.take(1, by: caller()) }
        for other in [caller("b"), caller(organization: "org-2"), caller(isUser: true)] {
            let share = try quota.take(3, by: other)
            #expect(quota.count == 2)
            share.giveBack()
        }
        #expect(quota.count == 1)
        held.giveBack()
        #expect(quota.count == 0)
    }

    @Test func aShareGrowsAndIsGivenBackOnce() throws {
        let quota = CallerQuota(most: 3, refusal: "no more")
        var share: CallerQuota.Share? = try quota.take(0, by: caller())
        try share?.grow(by: 2)
        expect(.callerRateLimited) { try share?.grow(by: 2) }
        let other = try quota.take(1, by: caller())
        share?.giveBack()
        share?.giveBack()
        #expect(throws: Never.self) { try quota.take(2, by: caller()).giveBack() }
        expect(.callerRateLimited) { _ = try quota.take(3, by: caller()) }
        try share?.grow(by: 2)
        share = nil
        #expect(throws: Never.self) { try quota.take(2, by: caller()).giveBack() }
        other.giveBack()
        #expect(quota.count == 0)
    }

    @Test("a token that names several organizations holds in one of them what it holds in all")
    func severalOrganizations() throws {
        let quota = CallerQuota(most: 3, refusal: "no more")
        let both = [OrganizationID("org-1"), OrganizationID("org-2")]
        func caller(_ index: Int, of organizations: [OrganizationID]) -> Caller {
            Caller(
                organization: both[index], identity: .service(id: "a", scopes: [.eventsRead], connectors: nil),
                requestID: "r", belonging: Caller.belonging(to: organizations))
        }
        let held = try quota.take(3, by: caller(0, of: both))
        expect(.callerRateLimited) { _ = try quota.take(1, by: caller(1, of: both.reversed())) }
        #expect(throws: Never.self) { try quota.take(3, by: caller(1, of: [both[1]])).giveBack() }
        held.giveBack()
        #expect(quota.count == 0)
    }

    @Test("a caller with its streams open gets 429 for one more, and another one when one of them has ended")
    func streams() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let isOpen = Mutex(true)
        let route = Route.on(.get, "/api/v1/events") { _, _ in
            .stream(type: "text/event-stream") { writer in
                try await writer.write(ByteBuffer(string: "one"))
                begin.yield()
                while isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
        var configuration = Tokens.configuration
        configuration.streamsPerCaller = 2
        try await TestServer.run([route], configuration: configuration) { server in
            let bearer = try Self.bearer()
            var begins = begun.makeAsyncIterator()
            async let first = server.http.get("/api/v1/events", bearer)
            async let second = server.http.get("/api/v1/events", bearer)
            for _ in 0..<2 { await begins.next() }
            let refused = await server.http.get("/api/v1/events", bearer)
            #expect(refused.status == 429 && refused.code == "caller_rate_limited")
            #expect(
                refused.header("retry-after") == "5" && refused.header("content-type") == "application/problem+json")
            async let other = server.http.get("/api/v1/events", try Self.bearer(["userId": "u-2"]))
            await begins.next()
            isOpen.withLock { $0 = false }
            for reply in [await first, await second, try await other] { #expect(reply.status == 200) }
            for _ in 0..<3 { #expect(await server.http.get("/api/v1/events", bearer).status == 200) }
        }
    }

    @Test("a caller with so many large bodies under way gets 429 for one more; others do not")
    func bodies() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let isHeld = Mutex(true)
        let route = Route.on(.post, "/api/v1/things") { call, _ in
            if call.body.readableBytes > 1000 {
                begin.yield()
                while isHeld.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
            }
            return .text("\(call.body.readableBytes)")
        }
        var configuration = Tokens.configuration
        configuration.bodiesPerCaller = 1
        try await TestServer.run([route], configuration: configuration) { server in
            let bearer = try Self.bearer()
            let large = String(repeating: "n", count: BodyReader.longest)
            async let first = server.http.post("/api/v1/things", large, bearer)
            for await _ in begun { break }
            let refused = await server.http.post("/api/v1/things", "{}", bearer)
            #expect(refused.status == 429 && refused.code == "caller_rate_limited" && refused.isClosed)
            let other = await server.http.post("/api/v1/things", "{}", try Self.bearer(["userId": "u-2"]))
            #expect(other.status == 200)
            isHeld.withLock { $0 = false }
            #expect(await first.body == "\(BodyReader.longest)")
            for _ in 0..<3 { #expect(await server.http.post("/api/v1/things", "{}", bearer).body == "2") }
        }
    }

    private static func bearer(_ changes: [String: Any?] = [:]) throws -> [(String, String)] {
        [("Authorization", "Bearer " + (try Tokens.make(Tokens.user(changes))))]
    }
}
