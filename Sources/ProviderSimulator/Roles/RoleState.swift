import Foundation

/// A role that is played, and what it has seen.
struct RoleState: Sendable {
    let role: Role
    var report = RoleReport()
    /// The `jti` of every assertion that was taken.
    private var assertions: Set<String> = []

    /// The longest an assertion may live, in seconds.
    private static let longestAssertion = 300

    init(_ role: Role) { self.role = role }

    /// A request that fits one of the role's scripts, ready to be acted on.
    struct Call: Sendable {
        var act: RequestScript.Act
        var found: [ScriptedValue.Secret: String]

        /// What stands in the presentation log and chooses faults.
        var operation: Operation {
            switch act {
            case .exchange: .exchange
            case .refresh: .refresh
            case .redeem: .clientCredentials
            case .upgrade: .otherGrant
            case .introspect: .introspect
            case .revoke: .revoke
            case .resource: .userinfo
            }
        }

        /// The standard's parameters, as the core knows them.
        var parameters: Parameters {
            let names: [(ScriptedValue.Secret, String)] = [
                (.code, "code"), (.redirectURI, "redirect_uri"), (.verifier, "code_verifier"),
                (.refreshToken, "refresh_token"),
            ]
            return Parameters(names.compactMap { secret, name in found[secret].map { (name, $0) } })
        }
    }

    /// Looks for the script that a request fits; of several alike (an upgrade and a refresh), the one that was seen least.
    /// Of those that do not fit, the one that is closest says why.
    mutating func call(_ request: ArrivedRequest, now: Date) throws(OAuthFailure) -> Call {
        var closest: [String]?
        var fitting: [(act: RequestScript.Act, judgement: Judgement)] = []
        for script in role.requests {
            let judgement = Judgement(request, by: script)
            let deviations = judgement.deviations + judgement.assertions.flatMap { self.deviations(of: $0, now) }
            if deviations.isEmpty {
                fitting.append((script.act, judgement))
            } else if judgement.isHere, deviations.count < closest?.count ?? .max {
                closest = deviations
            }
        }
        guard let (act, judgement) = fitting.min(by: { report.count($0.act) < report.count($1.act) }) else {
            throw deviation(closest?.joined(separator: "; ") ?? "no request is expected at \(request.path)")
        }
        for assertion in judgement.assertions {
            let isNew = assertions.insert(assertion.claims.jti).inserted
            if !isNew { throw deviation("an assertion was used before") }
        }
        return Call(act: act, found: judgement.found)
    }

    private func deviations(of assertion: SignedAssertion, _ now: Date) -> [String] {
        if !assertion.isSigned(by: role.publicKey ?? "") { return ["an assertion is not signed by the client's key"] }
        let isTimely = assertion.isTimely(at: now, longest: Self.longestAssertion)
        return isTimely ? [] : ["an assertion is over, of later, or lives longer than five minutes"]
    }

    /// Notes what was wrong, and says it.
    mutating func deviation(_ text: String) -> OAuthFailure {
        report.deviations.append(text)
        return .invalidRequest(text)
    }
}
