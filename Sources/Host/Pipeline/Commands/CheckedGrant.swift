import ConnectorSDK
import Foundation

/// A grant without a browser that was checked against the definition: what is presented once, and what stays sealed with
/// the connection because it is redeemed again.
struct CheckedGrant: Sendable {
    /// With `refresh_token` only.
    let refreshToken: Secret?
    let stored: StoredGrant

    /// - Throws: `invalid_input` with a field for every wrong member.
    init(_ request: RedeemRequest, of definition: Definition) throws {
        let members = try Self.members(of: request.grant, definition)
        try PipelineError.refuse(
            // A connection that is renewed keeps the client it was made with.
            Self.problems(of: request, members)
                + (request.connection == nil ? definition.problems(withMaterial: request.clientMaterial) : []),
            "The grant is not right.")
        refreshToken = request.refreshToken
        stored = StoredGrant(
            parameters: request.grantMembers.filter { $0.key != "refresh_token" },
            material: request.clientMaterial ?? [:])
    }

    /// Which members a grant must and may have.
    private typealias Members = (required: [String], optional: [String])

    private static func members(of grant: String, _ definition: Definition) throws -> Members {
        if grant == "refresh_token" {
            guard definition.refresh.uses != .regrant else {
                throw PipelineError.invalid(
                    "grant", "\(definition.id) has no refresh tokens: redeem \(listed(definition)) instead")
            }
            return (["refresh_token"], [])
        }
        guard let known = GrantType(rawValue: grant) else {
            throw PipelineError.invalid(
                "grant", "is one of refresh_token, client_credentials, jwt_bearer, token_exchange and device_code")
        }
        guard let members = members(of: known) else {
            throw PipelineError.invalid(
                "grant", "authorization_code comes through POST …/authorize")
        }
        guard definition.grants.contains(known) else {
            throw PipelineError.invalid(
                "grant",
                "the definition of \(definition.id) lists \(listed(definition)) under grants; add \(grant) there if the provider has it"
            )
        }
        return members
    }

    private static func members(of grant: GrantType) -> Members? {
        switch grant {
        case .clientCredentials, .deviceCode: ([], [])
        case .jwtBearer: ([], ["subject"])
        case .tokenExchange: (["subject_token", "subject_token_type"], ["audience", "resource"])
        case .authorizationCode: nil
        }
    }

    private static func listed(_ definition: Definition) -> String {
        definition.grants.map(\.rawValue).joined(separator: ", ")
    }

    private static func problems(of request: RedeemRequest, _ members: Members) -> [PipelineError.Field] {
        let given = request.grantMembers
        let missing = members.required.filter { given[$0]?.isEmpty ?? true }.map {
            PipelineError.Field($0, "is required with grant \(request.grant)")
        }
        let foreign = given.keys.filter { !(members.required + members.optional).contains($0) }.sorted().map {
            PipelineError.Field($0, "does not belong to grant \(request.grant)")
        }
        // RFC 8693 §2.1, RFC 8707 §2.
        guard let resource = request.resource else { return missing + foreign }
        let url = URL(string: resource)
        let isAbsolute = url?.scheme != nil && url?.fragment() == nil
        return missing + foreign + (isAbsolute ? [] : [.init("resource", "is an absolute URI without fragment")])
    }
}

extension RedeemRequest {
    /// The members that only some grants have, as given.
    fileprivate var grantMembers: [String: Secret] {
        let members: [String: Secret?] = [
            "refresh_token": refreshToken, "subject": subject.map { Secret($0) }, "subject_token": subjectToken,
            "subject_token_type": subjectTokenType.map { Secret($0) }, "audience": audience.map { Secret($0) },
            "resource": resource.map { Secret($0) },
        ]
        return members.compactMapValues { $0 }
    }
}
