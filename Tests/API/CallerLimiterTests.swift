import ConnectorSDK
import HTTPTypes
import Model
import Pipeline
import Testing

@testable import API

/// `CALLER_RATE_LIMIT` (SECURITY.md line 38).
@Suite struct CallerLimiterTests {
    private let time = ManualTime(1000)

    private func limiter(_ count: Int, per: Duration = .seconds(10), most: Int = 100_000) -> CallerLimiter {
        let time = time
        return CallerLimiter(RateLimit(count: count, per: per), most: most) { time.now }
    }

    private func caller(_ id: String = "a", organization: String = "org-1", isUser: Bool = false) -> Caller {
        Caller(
            organization: OrganizationID(organization),
            identity: isUser
                ? .user(id: id, role: .admin) : .service(id: id, scopes: [.tokenRead], connectors: nil),
            requestID: "r")
    }

    private func admitted(_ limiter: CallerLimiter, _ caller: Caller, of tries: Int) -> Int {
        (0..<tries).filter { _ in (try? limiter.admit(caller)) != nil }.count
    }

    @Test func aCallerHasItsNumberAtOnceAndThenItsRate() {
        let limiter = limiter(5)
        #expect(admitted(limiter, caller(), of: 20) == 5)
        let error = expect(.callerRateLimited) { try limiter.admit(caller()) }
        #expect(error?.retryAfter == .seconds(2))
        time.seconds += 2
        #expect(admitted(limiter, caller(), of: 20) == 1)
        time.seconds += 1000
        #expect(admitted(limiter, caller(), of: 20) == 5)
    }

    @Test("SECURITY 38: nothing is shared between kinds, names and organizations") func nothingIsShared() {
        let limiter = limiter(3)
        #expect(admitted(limiter, caller(), of: 10) == 3)
        for other in [caller("b"), caller(organization: "org-2"), caller(isUser: true)] {
            #expect(admitted(limiter, other, of: 10) == 3)
        }
        // Another token of the same caller, with other scopes, is no other caller.
        let same = Caller(
            organization: OrganizationID("org-1"), identity: .service(id: "a", scopes: [], connectors: ["x"]),
            requestID: "r2")
        #expect(admitted(limiter, same, of: 10) == 0)
    }

    @Test("one token that names several organizations has one limit for all of them") func severalOrganizations() throws
    {
        let limiter = limiter(3)
        let token = try Tokens.make(
            Tokens.service(["orgId": ["org-1", "org-2", "org-3"]]), secret: Tokens.serviceSecret)
        func caller(_ organization: String) throws -> Caller {
            try Tokens.authenticator().caller(
                of: [.authorization: "Bearer " + token, .organization: organization], requestID: "r")
        }
        #expect(admitted(limiter, try caller("org-1"), of: 2) == 2)
        #expect(admitted(limiter, try caller("org-2"), of: 2) == 1)
        #expect(admitted(limiter, try caller("org-3"), of: 2) == 0)
        let other = try Tokens.make(Tokens.service(["orgId": "org-3"]), secret: Tokens.serviceSecret)
        let alone = try Tokens.authenticator().caller(of: [.authorization: "Bearer " + other], requestID: "r")
        #expect(admitted(limiter, alone, of: 2) == 2, "a token of one of them is another caller")
    }

    @Test func whoIsIdleIsForgottenAndWhoIsNotIsNot() {
        let limiter = limiter(5)
        #expect(admitted(limiter, caller("busy"), of: 5) == 5)
        for number in 0..<1023 { #expect(admitted(limiter, caller("c\(number)"), of: 1) == 1) }
        time.seconds += 2
        // The next one is the first above the limit: those who miss one call are full again by now, the busy one is not.
        #expect(admitted(limiter, caller("next"), of: 1) == 1)
        #expect(limiter.count == 2)
        #expect(admitted(limiter, caller("busy"), of: 5) == 1)
    }

    @Test func theMemoryIsBounded() {
        let limiter = limiter(1, per: .seconds(86400), most: 2000)
        for number in 0..<10_000 { #expect(admitted(limiter, caller("c\(number)"), of: 1) == 1) }
        #expect(limiter.count <= 2000)
    }
}
