import ArgumentParser
import ConnectorSDK
import Definitions
import Foundation
import Pipeline
import Secrets
import Settings

/// `token-manager jwt`.
struct JWTCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jwt", abstract: "Makes tokens for callers.", subcommands: [MintCommand.self])
}

/// `token-manager jwt mint`: a user token, or with `--scope` a service token (DESIGN.md §7).
struct MintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mint",
        abstract:
            "Prints a user token signed with JWT_SECRET, or with --scope a service token signed with SCOPED_JWT_SECRET."
    )

    enum Role: String, ExpressibleByArgument, CaseIterable {
        case admin, member
    }

    @Option(name: [.customLong("org"), .customLong("organization")], help: "The organization.")
    var org: String

    @Option(help: "The user; operator if left out.")
    var user: String?

    @Option(help: "The user's role; member if left out.")
    var role: Role?

    @Option(help: ArgumentHelp("A scope of a service, such as token:read; may be repeated.", valueName: "scope"))
    var scope: [String] = []

    @Option(help: "How long it is valid, such as 10m, 1h or 7d.")
    var expires = "1h"

    @OptionGroup var config: ConfigOption

    private var isService: Bool { !scope.isEmpty }

    func validate() throws {
        if org.isEmpty { throw ValidationError("--org must not be empty") }
        if isService, user != nil || role != nil {
            throw ValidationError("users have a role, services have scopes: give --user and --role, or --scope")
        }
        if let unknown = scope.first(where: { Caller.Scope(rawValue: $0) == nil }) {
            let known = Caller.Scope.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no scope \(unknown): a host would let it do nothing; there are \(known)")
        }
        guard let lifetime = DurationText.read(expires), lifetime > .zero else {
            throw ValidationError("--expires is a duration such as 10m, 1h or 7d")
        }
    }

    func run() throws {
        let callers = try HostSettings.callers(file: config.file)
        let name = isService ? "SCOPED_JWT_SECRET" : "JWT_SECRET"
        guard let secret = isService ? callers.serviceSecret : callers.userSecret else {
            throw StartFailure("\(name) is not set; give it the value that the host has", code: .wrongUsage)
        }
        HostLogging.print(try SharedKey(secret).token(claims: claims(for: callers, now: Date())))
    }

    private func claims(for callers: HostSettings.Callers, now: Date) -> CallerClaims {
        let issuedAt = Int(now.timeIntervalSince1970)
        let lifetime = Int(DurationText.read(expires)?.components.seconds ?? 0)
        var claims = CallerClaims(
            orgId: org, iat: issuedAt, exp: issuedAt + lifetime, iss: callers.issuer, aud: callers.audience)
        if isService {
            claims.scopes = scope
        } else {
            claims.userId = user ?? "operator"
            claims.role = (role ?? .member).rawValue
        }
        return claims
    }
}

/// The claims of DESIGN.md §7; only what is set is written.
private struct CallerClaims: Encodable {
    var orgId: String
    var userId: String?
    var role: String?
    var scopes: [String]?
    var iat: Int
    var exp: Int
    var iss: String?
    var aud: String?
}
