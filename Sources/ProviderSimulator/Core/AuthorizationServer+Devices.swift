import Foundation

/// A device authorization that waits for a person (RFC 8628).
struct DeviceRecord: Sendable {
    var clientID: String
    var scope: String
    var deviceCode: String
    var expiresAt: Date
    /// The least seconds between two polls; each poll that comes too early adds five.
    var interval: TimeInterval
    var polledAt: Date?
    /// What the person decided; nil: nothing yet.
    var isAllowed: Bool?
    var spent = false
}

extension AuthorizationServer {
    /// The grant type of a poll (RFC 8628 §3.4).
    static let deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"
    /// Seconds a device code lives, and seconds between two polls: short, so that nobody waits for a sandbox.
    private static let devices = (lifetime: 600, interval: 1)

    /// Hands out a device code and what the person types (RFC 8628 §3.2), as JSON.
    mutating func authorizeDevice(
        _ parameters: Parameters, authorization: String?, issuer: String, now: Date
    ) throws(OAuthFailure) -> String {
        if let name = parameters.repeated { throw .invalidRequest("\(name) stands twice") }
        let client = try authenticate(parameters, authorization: authorization)
        let scope = parameters["scope"] ?? client.scopes.joined(separator: " ")
        guard ScopeText.allows(client.scopes, scope) else { throw .invalidScope("scope is not the client's") }
        let (code, userCode) = (tokens.deviceCode(), tokens.userCode())
        devices[userCode] = DeviceRecord(
            clientID: client.id, scope: scope, deviceCode: code, expiresAt: now + TimeInterval(Self.devices.lifetime),
            interval: TimeInterval(Self.devices.interval))
        let page = issuer + "/device"
        return "{\"device_code\":\(JSONText.string(code)),\"user_code\":\(JSONText.string(userCode)),"
            + "\"verification_uri\":\(JSONText.string(page)),"
            + "\"verification_uri_complete\":\(JSONText.string(page + "?user_code=" + userCode)),"
            + "\"expires_in\":\(Self.devices.lifetime),\"interval\":\(Self.devices.interval)}"
    }

    /// The person's word; false for a user code that nobody waits for.
    mutating func decideDevice(_ userCode: String, allow: Bool, now: Date) -> Bool {
        guard let device = devices[userCode], device.isAllowed == nil, device.expiresAt > now else { return false }
        devices[userCode]?.isAllowed = allow
        return true
    }

    /// Answers one poll (RFC 8628 §3.5).
    mutating func pollDevice(
        _ parameters: Parameters, _ client: SimulatedClient, sequence: Int?, now: Date
    ) throws(OAuthFailure) -> TokenAnswer {
        guard let code = parameters["device_code"] else { throw .invalidRequest("device_code is missing") }
        guard let (userCode, known) = devices.first(where: { $0.value.deviceCode == code }),
            known.clientID == client.id, !known.spent
        else { throw .invalidGrant("the device code is not known, or was redeemed") }
        guard known.expiresAt > now else { throw OAuthFailure(poll: "expired_token") }
        devices[userCode]?.polledAt = now
        if let last = known.polledAt, now < last + known.interval {
            devices[userCode]?.interval += 5
            throw OAuthFailure(poll: "slow_down")
        }
        guard let isAllowed = known.isAllowed else { throw OAuthFailure(poll: "authorization_pending") }
        guard isAllowed else { throw OAuthFailure(poll: "access_denied") }
        devices[userCode]?.spent = true
        let family = newFamily(clientID: client.id, subject: "sandbox-user", scope: known.scope)
        let answer = begin(family, client, scope: known.scope, now: now)
        log.issued(sequence, family: family, generation: 1)
        return answer
    }
}

extension OAuthFailure {
    fileprivate init(poll code: String) { self.init(code: code, description: "RFC 8628 section 3.5", status: 400) }
}
