import ConnectorSDK
import Connectors
import Testing

typealias Authentication = ClientRules.Authentication

@Suite struct RequestTests {
    static let operations: [(Operation, [Field], String)] = [
        (
            .redeem(.authorizationCode(redirectURI: "https://cb.example/", hasVerifier: true)),
            [
                Field("grant_type", "authorization_code"), .secret("code"),
                Field("redirect_uri", "https://cb.example/"), .secret("code_verifier"),
            ], "token"
        ),
        (.redeem(.clientCredentials), [Field("grant_type", "client_credentials")], "token"),
        (.refresh, [Field("grant_type", "refresh_token"), .secret("refresh_token")], "token"),
        (.revoke, [Field("token", .secret("refresh_token"))], "revoke"),
    ]

    /// What each method adds: fields, header, certificate.
    static func proof(_ method: Authentication) -> ([Field], ProviderRequest.Authorization, Bool) {
        let id = Field("client_id", "id")
        switch method {
        case .clientSecretPost: return ([id, .secret("client_secret")], .none, false)
        case .clientSecretBasic: return ([id], .basic(username: "id", password: .secret("client_secret")), false)
        case .privateKeyJWT:
            let assertion = Assertion(
                audience: "https://auth.example.com/token", issuer: "id", subject: "id", lifetime: .seconds(300),
                key: "client_private_key")
            return (
                [
                    id, Field("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                    Field("client_assertion", Value(parts: [.assertion(assertion)])),
                ], .none, false
            )
        case .tlsClientAuth: return ([id], .none, true)
        case .none: return ([id], .none, false)
        }
    }

    @Test(
        "every method, body and operation, whole requests", arguments: Authentication.allCases,
        RequestRules.Body.allCases)
    func table(method: Authentication, body: RequestRules.Body) throws {
        let connector = try OAuth2Connector(
            definition: .sample { definition in
                definition.client.authentication = method
                definition.token.body = body
                definition.refresh.request.body = body
                definition.revocation?.request.body = body
            })
        let (proof, authorization, presentsCertificate) = Self.proof(method)
        for (operation, fields, path) in Self.operations {
            var expected = ProviderRequest(
                method: .post, url: "https://auth.example.com/\(path)", authorization: authorization,
                presentsCertificate: presentsCertificate)
            switch body {
            case .form: expected.body = .form(fields + proof)
            case .json: expected.body = .json(.object((fields + proof).map { .init($0.name, .value($0.value)) }))
            case .query: expected.query = fields + proof
            }
            #expect(try connector.request(operation, in: .sample()) == expected)
        }
    }

    @Test("SECURITY 14: no secret goes twice", arguments: Authentication.allCases)
    func secretsGoOnce(method: Authentication) throws {
        let connector = try OAuth2Connector(definition: .sample { $0.client.authentication = method })
        for (operation, _, _) in Self.operations {
            let request = try connector.request(operation, in: .sample())
            #expect(
                "\(request)".split(separator: "secret(\"client_secret\")", omittingEmptySubsequences: false).count <= 2)
        }
        #expect(throws: ConnectorError.self) {
            try OAuth2Connector(definition: .sample { $0.client.repeatInBody = ["client_id", "client_secret"] })
        }
    }

    @Test(
        "missing material is said, not sent",
        arguments: [
            (Authentication.clientSecretPost, "client_secret"), (.clientSecretBasic, "client_secret"),
            (.privateKeyJWT, "client_private_key"), (.tlsClientAuth, "client_certificate"),
        ])
    func missingMaterial(method: Authentication, name: String) throws {
        let connector = try OAuth2Connector(definition: .sample { $0.client.authentication = method })
        #expect { try connector.request(.refresh, in: .sample(secrets: ["refresh_token"])) } throws: {
            ($0 as? ConnectorError)?.place == "client.\(name)"
        }
    }

    func refresh(
        values: [String: String] = [:], secrets: Set<String>? = nil, scopes: [String] = [],
        _ change: (inout Definition) -> Void
    ) throws -> ProviderRequest {
        let context =
            secrets.map { ConnectorContext.sample(values: values, secrets: $0, scopes: scopes) }
            ?? .sample(values: values, scopes: scopes)
        return try OAuth2Connector(definition: .sample(change)).request(.refresh, in: context)
    }

    @Test func basicVariants() throws {
        let swapped = try refresh { definition in
            definition.client.authentication = .clientSecretBasic
            definition.client.basicUsername = .clientSecret
            definition.client.repeatInBody = []
        }
        #expect(swapped.authorization == .basic(username: .secret("client_secret"), password: ""))
        #expect(swapped.body == .form([Field("grant_type", "refresh_token"), .secret("refresh_token")]))
    }

    @Test func renamedOmittedAndOwnParameters() throws {
        let request = try refresh(values: ["region": "eu"], secrets: ["client_secret", "refresh_token", "api_key"]) {
            definition in
            definition.inputs = [Input(name: "region"), Input(name: "api_key"), Input(name: "note")]
            definition.inputs[1].secret = true
            definition.inputs[2].required = false
            var rules = definition.refresh.request
            rules.rename = ["client_id": "client_key", "refresh_token": "rt"]
            rules.omit = ["grant_type"]
            rules.headers = [
                "X-Region": Template("{region}"), "X-Key": Template("k {api_key}"), "X-Note": Template("{note}"),
            ]
            rules.parameters = [
                "b": .text(Template("{region}-{random}")), "a": .bool(true), "c": .number("1.0"),
                "note": .text(Template("{note}")), "s": .text(Template("{state}")),
            ]
            rules.method = .put
            definition.refresh.request = rules
        }
        #expect(
            request
                == ProviderRequest(
                    method: .put, url: "https://auth.example.com/token",
                    headers: [
                        Field("X-Key", Value(parts: [.text("k "), .secret("api_key")])), Field("X-Region", "eu"),
                    ],
                    body: .form([
                        Field("rt", .secret("refresh_token")), Field("client_key", "id"), .secret("client_secret"),
                        Field("a", "true"), Field("b", "eu-uuid"), Field("c", "1.0"),
                    ])))
    }

    @Test func jsonKeepsNumbersAndBooleans() throws {
        let request = try refresh { definition in
            definition.client.authentication = .none
            definition.refresh.request.body = .json
            definition.refresh.request.parameters = ["n": .number("1.50"), "y": .bool(false)]
        }
        #expect(
            request.body
                == .json(
                    .object([
                        .init("grant_type", .value("refresh_token")),
                        .init("refresh_token", .value(.secret("refresh_token"))), .init("client_id", .value("id")),
                        .init("n", .literal(.number("1.50"))), .init("y", .literal(.bool(false))),
                    ])))
    }

    @Test func scopesGoWhereTheDefinitionSendsThem() throws {
        func names(_ send: Set<ScopeRules.Place>, _ operation: Operation) throws -> [Field] {
            let definition = Definition.sample { definition in
                definition.scopes.send = send
                definition.scopes.always = ["z"]
                definition.scopes.encoding = .plus
            }
            let request = try OAuth2Connector(definition: definition).request(
                operation, in: .sample(scopes: ["a", "b"]))
            #expect(request.spaces == .plus)
            guard case .form(let fields) = request.body else { return [] }
            return fields.filter { $0.name == "scope" }
        }
        let scope = [Field("scope", "a b z")]
        #expect(try names([.refresh], .refresh) == scope)
        #expect(try names([.token, .authorization], .refresh) == [])
        #expect(try names([.token], .redeem(.clientCredentials)) == scope)
        #expect(try names([.refresh], .redeem(.clientCredentials)) == [])
        #expect(try names([.token], .redeem(.authorizationCode(redirectURI: "x", hasVerifier: false))) == scope)
    }

    @Test("refresh presents what the definition names") func uses() throws {
        let access = try refresh { definition in
            definition.refresh.uses = .accessToken
            definition.refresh.request.method = .get
            definition.refresh.request.grantType = "fb_exchange_token"
            definition.refresh.request.rename = ["access_token": "fb_exchange_token"]
        }
        #expect(
            access.query == [
                Field("grant_type", "fb_exchange_token"), Field("fb_exchange_token", .secret("access_token")),
                Field("client_id", "id"), .secret("client_secret"),
            ])
        #expect(access.body == .none && access.method == .get)
        let regrant = try refresh { definition in
            definition.grants = [.clientCredentials]
            definition.refresh.uses = .regrant
            definition.refresh.request.grantType = "account_credentials"
        }
        #expect(
            regrant.body
                == .form([
                    Field("grant_type", "account_credentials"), Field("client_id", "id"), .secret("client_secret"),
                ]))
        #expect(throws: ConnectorError.self) { try refresh { $0.refresh.uses = .regrant } }
        #expect(throws: ConnectorError.self) { try refresh(secrets: ["client_secret"]) { _ in } }
    }

    @Test(
        "SECURITY 16: the audience is the issuer, and an assertion lives five minutes at most",
        arguments: [
            (nil, nil, "https://auth.example.com/token"), ("https://auth.example.com", nil, "https://auth.example.com"),
            ("https://login.example.com/{tenantid}/v2.0", nil, "https://auth.example.com/token"),
            ("https://auth.example.com", "https://aud.example.com", "https://aud.example.com"),
        ] as [(String?, String?, String)])
    func audience(issuer: String?, own: String?, audience: String) throws {
        let definition = Definition.sample { definition in
            definition.issuer = issuer.map { Template($0) }
            definition.client.authentication = .privateKeyJWT
            var rules = AssertionRules()
            rules.audience = own.map { Template($0) }
            rules.lifetime = .seconds(3600)
            definition.client.assertion = rules
        }
        for operation in [Operation.refresh, .revoke, .introspect] {
            let request = try OAuth2Connector(definition: definition).request(operation, in: .sample())
            guard case .form(let fields) = request.body,
                case .assertion(let assertion)? = fields.last?.value.parts.first
            else {
                Issue.record("no assertion")
                continue
            }
            #expect(assertion.audience == audience && assertion.lifetime == .seconds(300))
        }
    }

    @Test func jwtBearerGrant() throws {
        let definition = Definition.sample { definition in
            definition.client.authentication = .none
            definition.grants = [.jwtBearer]
            definition.inputs = [Input(name: "client_email"), Input(name: "key"), Input(name: "unset")]
            definition.inputs[1].secret = true
            definition.inputs[2].required = false
            var rules = AssertionRules()
            rules.issuer = Template("{client_email}")
            rules.audience = Template("https://auth.example.com/token")
            rules.lifetime = .seconds(3600)
            rules.key = "key"
            rules.claims = [
                "extra": .string("x-{client_email}"), "unset": .string("{unset}"), "flag": .bool(true),
                "list": .array([.number("1"), .string("{client_email}"), .string("{unset}"), .string("{key}")]),
            ]
            definition.assertion = rules
            definition.scopes.send = [.assertion]
        }
        let context = ConnectorContext(
            clientID: "", values: ["client_email": "s@a.example"], secrets: ["key"], scopes: ["a", "b"], random: "r")
        let request = try OAuth2Connector(definition: definition).request(
            .redeem(.jwtBearer(subject: "user@a.example")), in: context)
        let assertion = Assertion(
            audience: "https://auth.example.com/token", issuer: "s@a.example", subject: "user@a.example",
            lifetime: .seconds(3600),
            claims: [
                "extra": "x-s@a.example", "scope": "a b", "flag": .literal(.bool(true)),
                "list": .array([.literal(.number("1")), "s@a.example", "", .value(.secret("key"))]),
            ], key: "key")
        #expect(
            request.body
                == .form([
                    Field("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                    Field("assertion", Value(parts: [.assertion(assertion)])),
                ]))
    }

    @Test("RFC 7523 §3: an assertion has a subject, from the call or from the definition")
    func assertionSubject() throws {
        func request(_ subject: String?, _ own: String?) throws -> ProviderRequest {
            let definition = Definition.sample { definition in
                definition.grants = [.jwtBearer]
                var rules = AssertionRules()
                rules.subject = own.map { Template($0) }
                definition.assertion = rules
            }
            return try OAuth2Connector(definition: definition).request(
                .redeem(.jwtBearer(subject: subject)), in: .sample())
        }
        #expect { try request(nil, nil) } throws: { ($0 as? ConnectorError)?.place == "subject" }
        _ = try request(nil, "{client_id}")
        _ = try request("user", nil)
    }

    @Test("an assertion may name secrets, which the host fills in") func secretClaims() throws {
        let definition = Definition.sample { definition in
            definition.grants = [.jwtBearer]
            definition.inputs = [Input(name: "robot")]
            definition.inputs[0].secret = true
            var rules = AssertionRules()
            rules.issuer = Template("{robot}")
            rules.header = ["kid": Template("k-{robot}")]
            definition.assertion = rules
        }
        let context = ConnectorContext.sample(secrets: ["robot", "client_private_key", "client_secret"])
        let request = try OAuth2Connector(definition: definition).request(
            .redeem(.jwtBearer(subject: "user")), in: context)
        guard case .form(let fields) = request.body, case .assertion(let found)? = fields[1].value.parts.first else {
            Issue.record("no assertion")
            return
        }
        #expect(found.issuer == .secret("robot"))
        #expect(found.header == ["kid": Value(parts: [.text("k-"), .secret("robot")])])
    }

    @Test("RFC 8693 §2.1: a token exchange names its token's type, and where the new one is for") func tokenExchange()
        throws
    {
        let definition = Definition.sample { definition in
            definition.grants = [.tokenExchange]
            definition.scopes.send = [.token]
        }
        let type = "urn:ietf:params:oauth:token-type:access_token"
        let redemption = Redemption.tokenExchange(
            subjectTokenType: type, audience: "api", resource: "https://api.example.com/v1")
        let connector = try OAuth2Connector(definition: definition)
        var context = ConnectorContext.sample(secrets: ["client_secret", "subject_token"], scopes: ["a", "b"])
        let expected: [Field] = [
            Field("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), .secret("subject_token"),
            Field("subject_token_type", Value(type)), Field("audience", "api"),
            Field("resource", "https://api.example.com/v1"), Field("scope", "a b"), Field("client_id", "id"),
            .secret("client_secret"),
        ]
        #expect(try connector.request(.redeem(redemption), in: context).body == .form(expected))
        context.regrant = redemption
        #expect(try connector.request(.refresh, in: context).body == .form(expected), "and again for each new token")
        context.secrets.remove("subject_token")
        #expect(throws: ConnectorError.self) { try connector.request(.redeem(redemption), in: context) }
    }

    @Test("a connection that redeems its grant again does so as `token` says, where `refresh` speaks of refresh tokens")
    func regrantBesideRefreshTokens() throws {
        let definition = Definition.sample { definition in
            definition.grants = [.authorizationCode, .clientCredentials]
            definition.token.parameters = ["tenant": .text(Template("t"))]
            definition.refresh.request.endpoint = [Template("https://auth.example.com/refresh")]
        }
        let connector = try OAuth2Connector(definition: definition)
        var context = ConnectorContext.sample()
        #expect(try connector.request(.refresh, in: context).url.hasSuffix("/refresh"))
        context.regrant = .clientCredentials
        let request = try connector.request(.refresh, in: context)
        #expect(request.url.hasSuffix("/token"))
        #expect(
            request.body
                == .form([
                    Field("grant_type", "client_credentials"), Field("client_id", "id"), .secret("client_secret"),
                    Field("tenant", "t"),
                ]))
    }

    @Test(
        "a request never leaves hosts, whichever operation",
        arguments: [Operation.refresh, .revoke, .introspect, .upgrade, .redeem(.clientCredentials)])
    func hosts(operation: Operation) throws {
        let definition = Definition.sample { definition in
            definition.upgrade = definition.token
            definition.hosts = [.host("other.example.com", port: nil)]
        }
        #expect { try OAuth2Connector(definition: definition).request(operation, in: .sample()) } throws: {
            ($0 as? ConnectorError)?.code == .hostNotAllowed
        }
    }

    @Test("revocations as providers have them") func revocations() throws {
        func revoke(
            _ secrets: Set<String> = ["refresh_token", "access_token", "client_secret"],
            _ change: (inout RevocationRules) -> Void
        ) throws -> ProviderRequest {
            var rules = RevocationRules(request: RequestRules(endpoint: [Template("https://auth.example.com/revoke")]))
            change(&rules)
            return try OAuth2Connector(definition: .sample { $0.revocation = rules }).request(
                .revoke, in: .sample(secrets: secrets))
        }
        let bearer = try revoke { $0.authorize = .bearer }
        #expect(
            bearer
                == ProviderRequest(
                    method: .post, url: "https://auth.example.com/revoke",
                    authorization: .bearer(.secret("refresh_token"))))
        let open = try revoke { rules in
            rules.authorize = .none
            rules.token = .accessToken
        }
        #expect(open.body == .form([Field("token", .secret("access_token"))]))
        let path = try revoke { rules in
            rules.request = RequestRules(endpoint: [Template("https://auth.example.com/tokens/{token}/x")])
            rules.request.method = .delete
            rules.authorize = .none
        }
        #expect(path == ProviderRequest(method: .delete, url: "https://auth.example.com/tokens/{refresh_token}/x"))
        let parameter = try revoke { rules in
            rules.request.body = .json
            rules.request.parameters = ["access_token": .text(Template("{token}"))]
            rules.request.omit = ["client_id", "client_secret"]
            rules.token = .accessToken
        }
        #expect(parameter.body == .json(.object([.init("access_token", .value(.secret("access_token")))])))
        let other = try revoke(["access_token", "client_secret"]) { _ in }
        #expect(
            other.body
                == .form([Field("token", .secret("access_token")), Field("client_id", "id"), .secret("client_secret")]))
        #expect(throws: ConnectorError.self) { try revoke(["client_secret"]) { _ in } }
        #expect(throws: ConnectorError.self) {
            try revoke { $0.request.endpoint = [Template("https://{token}.example.com")] }
        }
        #expect(throws: ConnectorError.self) {
            try revoke { $0.request.endpoint = [Template("https://auth.example.com?t={token}")] }
        }
    }

    @Test func introspectionAsksAboutTheAccessToken() throws {
        let request = try OAuth2Connector(definition: .sample()).request(.introspect, in: .sample())
        #expect(request.url == "https://auth.example.com/introspect")
        #expect(
            request.body
                == .form([Field("token", .secret("access_token")), Field("client_id", "id"), .secret("client_secret")]))
    }

    @Test(
        "what a definition cannot ask for",
        arguments: [
            { $0.options = ["x": .null] }, { $0.token.parameters = ["client_secret": .text(Template("x"))] },
            { $0.token.parameters = ["state": .text(Template("x"))] },
            { $0.refresh.request.parameters = ["grant_type": .text(Template("x"))] },
            { $0.authorization?.parameters = ["redirect_uri": Template("x")] },
            { $0.response.capture = ["x": JSONPointer(tokens: ["access_token"])] },
            { $0.response.capture = ["x": JSONPointer(tokens: [])] },
            {
                $0.response.map = [.refreshToken: [JSONPointer(tokens: ["data", "rt"])]]
                $0.response.capture = ["x": JSONPointer(tokens: ["data"])]
            },
            {
                $0.response.errors = [
                    ErrorRule(status: nil, pointer: JSONPointer(tokens: ["e"]), match: .matches("(?=a)"), means: .retry)
                ]
            },
        ] as [@Sendable (inout Definition) -> Void])
    func refusedDefinitions(change: @Sendable (inout Definition) -> Void) {
        #expect { try OAuth2Connector(definition: .sample(change)) } throws: {
            ($0 as? ConnectorError)?.code == .invalidOptions
        }
    }

    @Test func theStateGoesWhereAProviderWantsItBack() throws {
        let definition = Definition.sample { $0.token.parameters = ["state": .text(Template("{state}"))] }
        let redeem = Operation.redeem(.authorizationCode(redirectURI: "x", hasVerifier: false))
        let request = try OAuth2Connector(definition: definition).request(redeem, in: .sample(values: ["state": "st"]))
        guard case .form(let fields) = request.body else { throw ConnectorError(.unsupported, at: "", remedy: "") }
        #expect(fields.last == Field("state", "st"))
    }
}
