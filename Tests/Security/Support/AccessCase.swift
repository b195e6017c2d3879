import Foundation
import TestSupport

/// Who calls, in the rows of the access matrix.
enum AccessCaller: Hashable, CustomStringConvertible {
    case admin
    case member
    case scope(String)
    /// Every scope, but only for a connector that is not the one asked for.
    case otherConnector
    case otherAdmin
    case otherService
    case nobody
    case noScope

    static let scopes = [
        "connector:read", "connector:write", "connection:write", "token:read", "token:refresh", "token:force",
        "events:read",
        "config:read", "config:write",
    ]
    static let all: [AccessCaller] =
        [.admin, .member] + scopes.map { .scope($0) } + [
            .noScope, .otherConnector, .otherAdmin, .otherService, .nobody,
        ]

    var description: String {
        switch self {
        case .admin: "admin"
        case .member: "member"
        case .scope(let name): name
        case .otherConnector: "limited"
        case .otherAdmin: "B admin"
        case .otherService: "B service"
        case .nobody: "nobody"
        case .noScope: "no scope"
        }
    }

    var token: String? {
        let (own, other) = (CallerTokens(), CallerTokens(organization: "org-2"))
        return switch self {
        case .admin: own.user()
        case .member: own.user("user-2", role: "member")
        case .scope(let name): own.service(name)
        case .noScope: own.service()
        case .otherConnector: own.service(everyScope: ["dropbox"])
        case .otherAdmin: other.user()
        case .otherService: other.service(everyScope: nil)
        case .nobody: nil
        }
    }
}

extension CallerTokens {
    func service(everyScope connectors: [String]?) -> String {
        let s = AccessCaller.scopes
        return service(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], connectors: connectors)
    }
}

/// One route of DESIGN.md §7 and who may use it.
struct AccessCase: Sendable {
    /// What a caller of another organization gets.
    enum Subject {
        /// 404: it does not exist for him.
        case object
        /// His own, which is empty.
        case own(Int)
    }

    var method: String
    /// With `{id}`, a connection of organization A.
    var path: String
    var json: [String: any Sendable]?
    /// Who gets `success`, of organization A.
    var allowed: Set<String>
    var success: Int
    var subject = Subject.object
    /// The status for a service that may not use the connector; nil: 404.
    var limited: Int?

    private static let readers: Set<String> = ["admin", "member", "connector:read"]
    private static let writers: Set<String> = ["admin", "connector:write"]
    private static let connecting: Set<String> = ["admin", "member", "connection:write"]

    static let all: [AccessCase] = [
        .init(
            method: "GET", path: "/api/v1/connectors", allowed: readers, success: 200, subject: .own(200), limited: 200),
        .init(method: "GET", path: "/api/v1/connectors/sandbox", allowed: readers, success: 200, subject: .own(200)),
        .init(
            method: "GET", path: "/api/v1/connectors/sandbox/config", allowed: writers, success: 200, subject: .own(200)
        ),
        .init(
            method: "PUT", path: "/api/v1/connectors/sandbox/config?client=spare", json: ["scopes": ["read"]],
            allowed: writers, success: 200, subject: .own(200)),
        .init(
            method: "DELETE", path: "/api/v1/connectors/sandbox/config?client=spare", allowed: writers, success: 204,
            subject: .own(204)),
        .init(
            method: "GET", path: "/api/v1/connectors/sandbox/credentials", allowed: writers, success: 200,
            subject: .own(200)),
        .init(
            method: "PUT", path: "/api/v1/connectors/sandbox/credentials?client=spare", json: [:], allowed: writers,
            success: 200, subject: .own(200)),
        .init(
            method: "DELETE", path: "/api/v1/connectors/sandbox/credentials?client=spare", allowed: writers,
            success: 204, subject: .own(204)),
        // Nothing is set, which only he may know who could download it.
        .init(
            method: "GET", path: "/api/v1/connectors/sandbox/credentials/download", allowed: ["admin"], success: 404,
            subject: .own(404), limited: 403),
        .init(
            method: "POST", path: "/api/v1/connectors/sandbox/connections", json: ["grant": "client_credentials"],
            allowed: ["admin", "connection:write"], success: 422, subject: .own(422)),
        .init(
            method: "POST", path: "/api/v1/connectors/github/enable", allowed: writers, success: 200, subject: .own(200)
        ),
        .init(
            method: "POST", path: "/api/v1/connectors/github/disable", allowed: writers, success: 200,
            subject: .own(200)),
        .init(
            method: "POST", path: "/api/v1/connectors/github/accept", allowed: ["admin"], success: 200,
            subject: .own(200), limited: 403),
        .init(
            method: "POST", path: "/api/v1/connectors/sandbox/authorize", json: [:], allowed: connecting, success: 201,
            subject: .own(409)),
        .init(
            method: "POST", path: "/api/v1/connectors/sandbox/authorize", json: ["connection": "{id}"],
            allowed: connecting,
            success: 201),
        .init(
            method: "POST", path: "/api/v1/connectors/sandbox/exchange",
            json: ["code": "some-code", "state": "unknown-state"],
            allowed: connecting, success: 422, subject: .own(422), limited: 422),
        .init(
            method: "POST", path: "/api/v1/connectors/sandbox/connections", json: ["grant": "refresh_token"],
            allowed: ["admin", "connection:write"], success: 422, subject: .own(422)),
        .init(
            method: "GET", path: "/api/v1/connections", allowed: readers, success: 200, subject: .own(200), limited: 200
        ),
        .init(
            method: "GET", path: "/api/v1/connections/{id}", allowed: readers, success: 200),
        .init(
            method: "PATCH", path: "/api/v1/connections/{id}", json: ["metadata": ["a": 1]], allowed: connecting,
            success: 200),
        .init(
            method: "POST", path: "/api/v1/connections/{id}/check", allowed: ["admin", "connector:read"], success: 200),
        .init(
            method: "POST", path: "/api/v1/connectors/sandbox/exchange",
            json: ["code": "some-code", "redirect_uri": "https://app.example/cb"],
            allowed: connecting, success: 422, subject: .own(422)),
        .init(method: "GET", path: "/api/v1/connections/{id}/token", allowed: ["token:read"], success: 200),
        .init(
            method: "POST", path: "/api/v1/connections/{id}/refresh", json: ["observed_generation": 0],
            allowed: ["token:refresh"], success: 200),
        .init(
            method: "POST", path: "/api/v1/connections/{id}/refresh", json: ["force": true],
            allowed: ["admin", "token:force"], success: 200),
        .init(
            method: "GET", path: "/api/v1/connections/{id}/timeline", allowed: ["admin", "connector:read"], success: 200
        ),
        .init(
            method: "GET", path: "/api/v1/events", allowed: ["events:read"], success: 200, subject: .own(200),
            limited: 200),
        // The host's own: the same for every organization, and not for who is limited to some connectors.
        .init(
            method: "GET", path: "/api/v1/internal/app-config", allowed: ["config:read"], success: 200,
            subject: .own(200), limited: 403),
        .init(
            method: "PUT", path: "/api/v1/internal/app-config", json: ["version": 0, "settings": [String: String]()],
            allowed: ["config:write"], success: 200, subject: .own(200), limited: 403),
        .init(
            method: "POST", path: "/api/v1/connections/{id}/revoke", allowed: ["admin", "connection:write"],
            success: 202),
        .init(
            method: "DELETE", path: "/api/v1/connections/{id}", allowed: ["admin", "connection:write"], success: 202),
    ]

    /// Whom DESIGN.md lets do it, whatever the organization: the others of organization B get 403 too.
    func expected(_ caller: AccessCaller) -> Int {
        switch caller {
        case .nobody: return 401
        case .otherConnector: return limited ?? 404
        case .otherService where allowed == ["admin"]: return 403  // for users only
        case .otherAdmin where !allowed.contains("admin"): return 403
        case .otherAdmin, .otherService:
            if case .own(let status) = subject { return status }
            return 404
        default: return allowed.contains(caller.description) ? success : 403
        }
    }
}
