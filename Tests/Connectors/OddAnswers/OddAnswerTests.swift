import ConnectorSDK
import Testing

/// Odd and broken answers to a refresh and to an exchange. Both are read alike: what an answer means does not depend on
/// what was presented.
@Suite struct OddAnswerTests {
    private func check(_ answer: OddAnswer) throws {
        for operation in [.refresh, .redeem(.authorizationCode(redirectURI: "r", hasVerifier: true))] as [Operation] {
            let problem = try answer.problem(reading: operation)
            #expect(problem == nil, "\(answer.name), \(operation.name): \(problem ?? "")")
        }
    }

    @Test("JSON that is odd", arguments: OddAnswer.readableJSON + OddAnswer.otherJSON + OddAnswer.repeatedErrors)
    func json(_ answer: OddAnswer) throws { try check(answer) }

    @Test("JSON that is none", arguments: OddAnswer.malformed + OddAnswer.cut + OddAnswer.empty)
    func broken(_ answer: OddAnswer) throws { try check(answer) }

    @Test("long answers, and bytes that are no text", arguments: OddAnswer.long + OddAnswer.wrongBytes)
    func long(_ answer: OddAnswer) throws { try check(answer) }

    @Test("content types", arguments: OddAnswer.namedJSON + OddAnswer.namedForms + OddAnswer.pages)
    func contentTypes(_ answer: OddAnswer) throws { try check(answer) }

    @Test("forms", arguments: OddAnswer.forms) func forms(_ answer: OddAnswer) throws { try check(answer) }

    @Test("token fields", arguments: OddAnswer.accessTokens + OddAnswer.refreshTokens + OddAnswer.types)
    func tokens(_ answer: OddAnswer) throws { try check(answer) }

    @Test("scopes", arguments: OddAnswer.scopes) func scopes(_ answer: OddAnswer) throws { try check(answer) }

    @Test("lifetimes", arguments: OddAnswer.lifetimes + OddAnswer.moments + OddAnswer.severalLifetimes)
    func lifetimes(_ answer: OddAnswer) throws { try check(answer) }

    @Test("errors in all shapes", arguments: OddAnswer.errors + OddAnswer.otherErrors + OddAnswer.challenges)
    func errors(_ answer: OddAnswer) throws { try check(answer) }

    @Test("every status with every kind of body", arguments: OddAnswer.byStatus)
    func statuses(_ answer: OddAnswer) throws { try check(answer) }

    @Test("redirects and headers", arguments: OddAnswer.redirects + OddAnswer.headers)
    func headers(_ answer: OddAnswer) throws { try check(answer) }

    @Test("Retry-After", arguments: OddAnswer.limits + OddAnswer.laterFor4xx + OddAnswer.retryAfters)
    func retryAfter(_ answer: OddAnswer) throws { try check(answer) }

    @Test("every provider of PROVIDERS.md with its own odd answer", arguments: OddAnswer.providers)
    func providers(_ answer: OddAnswer) throws { try check(answer) }

    private static let all: [OddAnswer] = [
        OddAnswer.readableJSON, OddAnswer.otherJSON, OddAnswer.repeatedErrors, OddAnswer.malformed, OddAnswer.cut,
        OddAnswer.empty, OddAnswer.long, OddAnswer.wrongBytes, OddAnswer.namedJSON, OddAnswer.namedForms,
        OddAnswer.pages, OddAnswer.forms, OddAnswer.accessTokens, OddAnswer.refreshTokens, OddAnswer.types,
        OddAnswer.scopes, OddAnswer.lifetimes, OddAnswer.moments, OddAnswer.severalLifetimes, OddAnswer.errors,
        OddAnswer.otherErrors, OddAnswer.challenges, OddAnswer.redirects, OddAnswer.headers, OddAnswer.limits,
        OddAnswer.laterFor4xx, OddAnswer.retryAfters, OddAnswer.providers,
    ].flatMap(\.self)

    @Test("at least 400 that differ, those of every status not counted") func length() {
        #expect(Self.all.count >= 400)
        for answers in [Self.all, OddAnswer.byStatus] {
            let alike = Dictionary(grouping: answers, by: \.identity).values.filter { $0.count > 1 }
            #expect(alike.map { $0.map(\.name) } == [])
        }
        let answers = Dictionary(grouping: Self.all + OddAnswer.byStatus, by: \.name)
        let names = answers.filter { $0.value.count > 1 }.keys.sorted()
        #expect(names.isEmpty, "a name says which answer failed")
    }

    @Test("every provider has one", arguments: ProviderNames.all)
    func named(_ provider: String) {
        #expect(OddAnswer.providers.contains { $0.name.hasPrefix("\(provider): ") })
    }
}
