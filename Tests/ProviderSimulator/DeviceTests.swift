import Foundation
import Testing

@testable import ProviderSimulator

/// The simulated device authorization (RFC 8628).
@Suite struct DeviceTests {
    private func start(_ core: inout Core, scope: String = "read") throws -> (device: String, user: String) {
        let answer = try core.server.authorizeDevice(
            Parameters(form: "client_id=c&client_secret=\(SimulatedClient.defaultSecret)&scope=\(scope)"),
            authorization: nil, issuer: "http://issuer", now: core.now)
        let members = try #require(
            try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any])
        #expect(members["verification_uri"] as? String == "http://issuer/device")
        let (device, user) = (members["device_code"] as? String, members["user_code"] as? String)
        return (try #require(device), try #require(user))
    }

    private func poll(_ core: inout Core, _ device: String) -> Reply {
        core.call("grant_type=\(FormText.encode(AuthorizationServer.deviceGrant))&device_code=\(device)", .otherGrant)
    }

    private func polls(_ core: inout Core, _ device: String, _ error: String) {
        let found = poll(&core, device).error
        #expect(found == error)
    }

    @Test("pending until the person allows; the code is good once") func allowed() throws {
        var core = Core()
        let (device, user) = try start(&core)
        polls(&core, device, "authorization_pending")
        core.now += 1
        let decisions = [true, false].map { core.server.decideDevice(user, allow: $0, now: core.now) }
        #expect(decisions == [true, false], "it is decided once")
        let reply = poll(&core, device)
        #expect(core.isAlive(reply.access) && reply.refresh != nil)
        core.now += 1
        polls(&core, device, "invalid_grant")
        let refreshed = core.refresh(reply.refresh)
        #expect(refreshed.error == nil)
    }

    @Test("a client that must ask for a refresh token gets none otherwise", arguments: [false, true])
    func refreshTokenAskedFor(_ isAsked: Bool) throws {
        var core = Core(SimulatedClient(id: "c", refreshScope: "offline"))
        let (device, user) = try start(&core, scope: isAsked ? "read%20offline" : "read")
        let isKnown = core.server.decideDevice(user, allow: true, now: core.now)
        let reply = poll(&core, device)
        #expect(isKnown && core.isAlive(reply.access) && (reply.refresh != nil) == isAsked)
    }

    @Test("a poll that comes too early makes the interval longer by five seconds") func tooEarly() throws {
        var core = Core()
        let (device, _) = try start(&core)
        polls(&core, device, "authorization_pending")
        polls(&core, device, "slow_down")
        core.now += 5
        polls(&core, device, "slow_down")
        core.now += 11
        polls(&core, device, "authorization_pending")
    }

    @Test("denied, expired, another client's, unknown") func refused() throws {
        var core = Core()
        let (denied, user) = try start(&core)
        let isKnown = core.server.decideDevice(user, allow: false, now: core.now)
        #expect(isKnown)
        polls(&core, denied, "access_denied")
        let (late, lateUser) = try start(&core)
        core.now += 601
        polls(&core, late, "expired_token")
        let isStillKnown = core.server.decideDevice(lateUser, allow: true, now: core.now)
        #expect(!isStillKnown)
        polls(&core, "sandbox_device_0", "invalid_grant")
        let (own, _) = try start(&core)
        core.server.clients["d"] = SimulatedClient(id: "d")
        core.client = SimulatedClient(id: "d")
        polls(&core, own, "invalid_grant")
    }
}
