import Foundation
import Testing

@testable import ProviderSimulator

/// What each rotation class makes of a refresh token's first and second presentation.
@Suite struct RotationTests {
    @Test func staticTokenIsGoodForEver() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .static))
        let first = try core.connect()
        for _ in 0..<3 {
            let reply = core.refresh(first.refresh)
            #expect(reply.verdict == .fresh)
            #expect(reply.error == nil)
            #expect(reply.refresh == nil, "a static answer carries no refresh token")
            #expect(core.isAlive(reply.access))
            #expect(reply.line?.generation == 1)
        }
    }

    @Test func staticClientMayRepeatTheToken() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .static, repeatsRefreshToken: true))
        let first = try core.connect()
        #expect(core.refresh(first.refresh).refresh == first.refresh)
    }

    @Test(arguments: RotationClass.allCases.filter { $0 != .static })
    func rotatingTokenIsReplaced(_ rotation: RotationClass) throws {
        var core = Core(SimulatedClient(id: "c", rotation: rotation))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        let third = core.refresh(second.refresh)
        #expect([second.verdict, third.verdict] == [.fresh, .fresh])
        #expect(Set([first.refresh, second.refresh, third.refresh]).count == 3)
        #expect([second.line?.generation, third.line?.generation] == [1, 2])
        #expect(third.line?.issuedGeneration == 3)
        #expect(core.isAlive(first.access), "old access tokens live on unless the client says otherwise")
    }

    @Test func replayInsideTheWindowGetsASibling() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .overlap, window: .seconds(30)))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        core.now += 30
        let replay = core.refresh(first.refresh)
        #expect(replay.verdict == .replayInWindow)
        #expect(replay.line?.spentBy == second.line?.sequence)
        #expect(replay.refresh != second.refresh)
        #expect(core.refresh(second.refresh).verdict == .fresh)
        #expect(core.refresh(replay.refresh).verdict == .fresh)
    }

    @Test func replayMayReturnThePairInForce() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .overlap, replay: .samePair))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        let third = core.refresh(second.refresh)
        #expect(core.refresh(first.refresh).refresh == third.refresh)
    }

    @Test func replayMayKillTheSibling() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .overlap, replay: .replaceSibling))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        let replay = core.refresh(first.refresh)
        #expect(core.refresh(second.refresh).verdict == .revoked)
        #expect(core.refresh(replay.refresh).verdict == .fresh)
    }

    @Test func afterTheWindowARefusalLeavesTheFamilyAlive() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .overlap, window: .seconds(30), afterWindow: .refuse))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        core.now += 31
        let replay = core.refresh(first.refresh)
        #expect(replay.verdict == .reuse)
        #expect(replay.error == "invalid_grant")
        #expect(core.isAlive(second.access))
        #expect(core.refresh(second.refresh).verdict == .fresh)
    }

    @Test func afterTheWindowReuseRevokesTheFamily() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .overlap, window: .seconds(30), afterWindow: .revoke))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        core.now += 31
        #expect(core.refresh(first.refresh).verdict == .reuse)
        #expect(!core.isAlive(second.access))
        #expect(core.refresh(second.refresh).verdict == .revoked)
    }

    @Test func untilUsedEndsWhenTheReplacementIsPresented() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .overlap, window: .untilUsed))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        core.now += 86_400 * 29
        #expect(core.refresh(first.refresh).verdict == .replayInWindow)
        _ = core.refresh(second.refresh)
        #expect(core.refresh(first.refresh).verdict == .reuse)
    }

    @Test func untilUsedEndsWhenTheNewAccessTokenIsUsed() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .overlap, window: .untilUsed))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        #expect(core.refresh(first.refresh).verdict == .replayInWindow)
        #expect(core.server.useAccessToken(second.access ?? "", now: core.now) != nil)
        #expect(core.refresh(first.refresh).verdict == .reuse)
    }

    @Test func singleUseReuseIsRefusedAndNothingElse() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .singleUse))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        let reuse = core.refresh(first.refresh)
        #expect(reuse.verdict == .reuse)
        #expect(reuse.error == "invalid_grant")
        #expect(core.isAlive(second.access))
        #expect(core.refresh(second.refresh).verdict == .fresh)
    }

    @Test func familyReuseRevokesEverything() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .singleUseFamily))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        let other = try core.connect()
        #expect(core.refresh(first.refresh).verdict == .reuse)
        #expect(!core.isAlive(first.access))
        #expect(!core.isAlive(second.access))
        #expect(core.refresh(second.refresh).verdict == .revoked)
        #expect(core.refresh(other.refresh).verdict == .fresh, "another consent is another family")
    }

    @Test func oldAccessTokensMayDieAtRefresh() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .singleUse, accessTokensDieAtRefresh: true))
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        #expect(!core.isAlive(first.access))
        #expect(core.isAlive(second.access))
    }

    @Test func tokensRunOut() throws {
        var core = Core(SimulatedClient(id: "c", rotation: .singleUse, lifetime: 60, refreshLifetime: 120))
        let first = try core.connect()
        core.now += 60
        #expect(!core.isAlive(first.access))
        core.now += 60
        #expect(core.refresh(first.refresh).verdict == .expired)
    }

    @Test func anotherClientsTokenIsUnknown() throws {
        var core = Core()
        let first = try core.connect()
        core.server.clients["d"] = SimulatedClient(id: "d")
        core.client = SimulatedClient(id: "d")
        #expect(core.refresh(first.refresh).verdict == .unknown)
        core.client = SimulatedClient(id: "c")
        #expect(core.refresh(first.refresh).verdict == .fresh, "the stranger's try did not spend it")
        #expect(core.refresh("sandbox_rt_invented").verdict == .unknown)
    }

    @Test func scopeMayShrinkButNotGrow() throws {
        var core = Core()
        let first = try core.connect()
        #expect(core.refresh(first.refresh, scope: "read%20write").error == "invalid_scope")
        #expect(core.refresh(first.refresh, scope: "read").error == nil, "the refused try did not spend it")
    }

    @Test func concurrentPresentationsAreMarked() throws {
        var core = Core()
        let first = try core.connect()
        let parameters = Parameters(form: "grant_type=refresh_token&refresh_token=\(first.refresh ?? "")")
        let one = core.server.logArrival(.refresh, parameters, clientID: "c", now: core.now)
        let two = core.server.logArrival(.refresh, parameters, clientID: "c", now: core.now)
        core.server.log.close(one, .json("{}"), fault: nil, now: core.now)
        core.server.log.close(two, .json("{}"), fault: nil, now: core.now)
        let three = core.server.logArrival(.refresh, parameters, clientID: "c", now: core.now)
        #expect(core.server.log.line(one)?.overlapping == true)
        #expect(core.server.log.line(two)?.overlapping == true)
        #expect(core.server.log.line(three)?.overlapping == false)
        #expect(core.server.log.overlapping == 2)
    }
}
