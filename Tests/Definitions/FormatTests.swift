import ConnectorSDK
import Definitions
import Testing

/// Every key of format 1, decoded and compared field by field.
@Suite struct FormatTests {
    @Test("identity, inputs, client and scopes")
    func firstHalf() throws {
        let found = try definition(everyKey)
        #expect(found.title == "Everything")
        #expect(found.documentation == ["https://docs.example.com/a", "https://docs.example.com/b"])
        #expect(found.categories == ["test", "1.10"])
        #expect(found.connector == "house")
        #expect(found.options == ["tokens": .number("2"), "deep": .object(["on": .bool(true), "none": .null])])
        #expect(found.grants == [.authorizationCode, .jwtBearer, .deviceCode])
        #expect(found.issuer == Template("https://login.example.com/{tid}/v2"))
        #expect(found.jwks == "https://login.example.com/keys")
        #expect(found.inputs.map(\.name) == ["region", "sub", "api_key"])
        var region = Input(name: "region")
        region.title = "Region"
        region.explanation = "Where"
        region.example = "us"
        region.pattern = "[a-z]{2}"
        region.allowedValues = ["eu", "us"]
        region.defaultValue = "eu"
        region.required = false
        region.per = .organization
        #expect(found.input("region") == region)
        #expect(found.input("sub")?.format == .dnsLabel)
        #expect(found.input("api_key")?.secret == true)
        #expect(found.client.authentication == .clientSecretBasic)
        #expect(found.client.certificate)
        #expect(found.client.basicUsername == .clientSecret)
        #expect(found.client.repeatInBody == [])
        #expect(found.client.rateLimit == RateLimit(count: 100, per: .seconds(1)))
        #expect(found.client.perConnection)
        #expect(found.scopes.defaults == ["read"])
        #expect(found.scopes.always == ["offline"])
        #expect(found.scopes.separator == ",")
        #expect(found.scopes.encoding == .plus)
        #expect(found.scopes.parameter == "user_scope")
        #expect(found.scopes.send == [.authorization, .token, .refresh, .assertion])
        #expect(found.scopes.available == ["read": "Read"])
    }

    @Test("assertions")
    func assertions() throws {
        let found = try #require(try definition(everyKey).assertion)
        #expect(found.audience == Template("https://{region}.example.com/token"))
        #expect(found.issuer == Template("{client_id}"))
        #expect(found.subject == Template("{sub}"))
        #expect(found.lifetime == .seconds(120))
        #expect(found.algorithm == "ES256")
        #expect(found.header == ["kid": Template("{sub}")])
        let flags: JSONValue = .array([.bool(true), .number("2"), .object(["sub": .string("{sub}")])])
        #expect(found.claims == ["tenant": .string("{region}"), "flags": flags])
        #expect(found.key == "api_key")
    }

    @Test("requests")
    func requests() throws {
        let found = try definition(everyKey)
        let authorization = try #require(found.authorization)
        #expect(
            authorization.endpoint == [
                Template("https://{region}.example.com/authorize"), Template("https://www.example.com/authorize"),
            ])
        #expect(!authorization.pkce)
        #expect(authorization.parameters == ["prompt": Template("consent")])
        #expect(authorization.rename == ["client_id": "client_key"])
        #expect(authorization.omit == ["response_type"])
        #expect(authorization.fragment)
        #expect(authorization.callback.code == "auth_code")
        #expect(authorization.callback.capture == ["shop": "shop_id"])
        #expect(found.deviceAuthorization == [Template("https://www.example.com/device")])
        #expect(found.token.endpoint == [Template("https://{sub}.example.com/token")])
        #expect(found.token.method == .post)
        #expect(found.token.body == .json)
        #expect(found.token.headers == ["X-Key": Template("{api_key}")])
        let parameters: [String: ParameterValue] = [
            "n": .number("1.10"), "flag": .bool(true), "text": .text(Template("{shop}")),
            "quoted": .text(Template("1")),
            "state": .text(Template("{state}")),
        ]
        #expect(found.token.parameters == parameters)
        #expect(found.token.grantType == "special")
        #expect(found.token.rename == ["code": "auth_code"])
        #expect(found.token.omit == ["redirect_uri"])
        #expect(found.upgrade?.endpoint == [Template("https://www.example.com/upgrade")])
        #expect(found.upgrade?.method == .get)
        #expect(found.upgrade?.parameters == [:])
    }

    @Test("refresh inherits each request key of token and replaces what it gives")
    func refresh() throws {
        let found = try definition(everyKey).refresh
        #expect(found.request.endpoint == [Template("https://{sub}.example.com/token")])
        #expect(found.request.body == .json)
        #expect(found.request.headers == [:])
        // `state` belongs to consent alone.
        #expect(found.request.parameters.keys.sorted() == ["flag", "n", "quoted", "text"])
        #expect(found.request.grantType == "refresh_token")
        #expect(found.request.rename == [:])
        #expect(found.request.omit == ["redirect_uri"])
        #expect(found.uses == .accessToken)
        #expect(found.rotation == .overlap(.window(.seconds(1800), afterWindow: .refuse)))
        #expect(found.margin == .seconds(30))
        #expect(found.notBefore == .seconds(60))
        #expect(found.rateLimit == RateLimit(count: 10, per: .seconds(600)))
        #expect(found.hardDeadline == .seconds(10))
        #expect(found.idleLifetime == .seconds(90 * 86400))
        #expect(found.absoluteLifetime == .seconds(365 * 86400))
    }

    @Test("answers")
    func response() throws {
        let found = try definition(everyKey).response
        #expect(
            found.map == [
                .accessToken: [JSONPointer(tokens: ["data", "token"]), JSONPointer(tokens: ["token"])],
                .expiresAt: [JSONPointer(tokens: ["until"])],
            ])
        #expect(found.expiry.unit == .milliseconds)
        #expect(found.expiry.fallback == .seconds(3600))
        #expect(!found.expiry.never)
        #expect(found.success.status == [200, 201])
        #expect(found.success.where == [JSONPointer(tokens: ["ok"]): .bool(true)])
        #expect(found.capture == ["tenant": JSONPointer(tokens: ["team", "id"])])
        #expect(
            found.errors == [
                ErrorRule(
                    status: 403, pointer: JSONPointer(tokens: ["error"]), match: .equals(.string("bad")),
                    means: .reauthorize),
                ErrorRule(
                    status: nil, pointer: JSONPointer(tokens: ["code"]), match: .matches("^AADSTS5[0-9]+"),
                    means: .ambiguous),
                ErrorRule(status: 420, pointer: nil, match: nil, means: .rateLimited),
            ])
    }

    @Test("introspection, revocation, after_connect, hosts, examples")
    func rest() throws {
        let found = try definition(everyKey)
        #expect(
            found.introspection
                == IntrospectionRules(endpoint: [Template("https://www.example.com/introspect")], when: .always))
        let revocation = try #require(found.revocation)
        #expect(revocation.request.endpoint == [Template("https://www.example.com/revoke/{token}")])
        #expect(revocation.request.method == .delete)
        #expect(revocation.request.body == .query)
        #expect(revocation.request.parameters == ["again": .text(Template("{token}"))])
        #expect(revocation.request.headers == ["X-Key": Template("{api_key}")])
        #expect(revocation.token == .accessToken)
        #expect(revocation.authorize == .bearer)
        var step = AfterConnectRequest(method: .post, endpoint: Template("https://www.example.com/sites"))
        step.json = .object(["name": .string("{shop}"), "n": .number("1")])
        step.headers = ["X-Key": Template("{api_key}")]
        step.list = JSONPointer(tokens: ["sites"])
        step.where = [JSONPointer(tokens: ["name"]): Template("{shop}")]
        step.capture = ["site": JSONPointer(tokens: ["id"])]
        step.optional = true
        #expect(
            found.afterConnect == [
                .request(step), .claims(of: .idToken, capture: ["subject": JSONPointer(tokens: ["sub"])]),
            ])
        #expect(
            found.hosts == [
                .suffix(".example.com"), .host("www.example.com", port: 8443), .organization, .any,
                .loopback("localhost"),
            ])
        #expect(
            found.examples == [
                Example(
                    name: "one", source: "https://docs.example.com/a", operation: .refresh, status: 400,
                    headers: ["X-One": "1"],
                    body: #"{"error":"bad"}"#, expect: ["means": .string("reauthorize")])
            ])
    }

    @Test("every key of every table is described once, with a line of explanation")
    func description() {
        func walk(_ shape: ValueShape) -> Int {
            switch shape {
            case .table(let keys):
                #expect(Set(keys.map(\.name)).count == keys.count)
                #expect(keys.allSatisfy { !$0.summary.isEmpty })
                return keys.map { 1 + walk($0.shape) }.reduce(0, +)
            case .list(let inner), .oneOrList(let inner), .map(let inner): return walk(inner)
            default: return 0
            }
        }
        #expect(walk(Format1.description) > 130)
    }
}

private let everyKey = """
    format: 1
    id: test
    title: Everything
    documentation: [https://docs.example.com/a, https://docs.example.com/b]
    categories: [test, 1.10]
    connector: house
    options: {tokens: 2, deep: {on: true, none: null}}
    grants: [authorization_code, jwt_bearer, device_code]
    issuer: https://login.example.com/{tid}/v2
    jwks: https://login.example.com/keys
    inputs:
      region:
        title: Region
        description: Where
        example: us
        format: text
        pattern: "[a-z]{2}"
        enum: [eu, us]
        default: eu
        required: false
        secret: false
        per: organization
      sub: {format: dns_label}
      api_key: {secret: true}
    client:
      authentication: client_secret_basic
      certificate: true
      basic_username: client_secret
      repeat_in_body: []
      rate_limit: 100/1s
      per_connection: true
      assertion: {lifetime: 1m}
    assertion:
      audience: https://{region}.example.com/token
      issuer: "{client_id}"
      subject: "{sub}"
      lifetime: 2m
      algorithm: ES256
      header: {kid: "{sub}"}
      claims: {tenant: "{region}", flags: [true, 2, {sub: "{sub}"}]}
      key: api_key
    scopes:
      default: [read]
      always: [offline]
      separator: ","
      encoding: plus
      parameter: user_scope
      send: [authorization, token, refresh, assertion]
      available: {read: Read}
    authorization:
      endpoint: ["https://{region}.example.com/authorize", https://www.example.com/authorize]
      pkce: off
      parameters: {prompt: consent}
      rename: {client_id: client_key}
      omit: [response_type]
      fragment: true
      callback: {code: auth_code, capture: {shop: shop_id}}
    device_authorization: {endpoint: https://www.example.com/device}
    # Before `token`: the order of keys means nothing.
    refresh:
      headers: {}
      grant_type: refresh_token
      rename: {}
      uses: access_token
      rotation: overlap
      overlap: 30m
      after_window: refuse
      margin: 30s
      not_before: 1m
      rate_limit: 10/10m
      hard_deadline: 10s
      idle_lifetime: 90d
      absolute_lifetime: 1y
    token:
      endpoint: https://{sub}.example.com/token
      method: POST
      body: json
      headers: {X-Key: "{api_key}"}
      parameters: {n: 1.10, flag: true, text: "{shop}", quoted: "1", state: "{state}"}
      grant_type: special
      rename: {code: auth_code}
      omit: [redirect_uri]
    upgrade: {endpoint: https://www.example.com/upgrade, method: GET}
    response:
      map: {access_token: [/data/token, /token], expires_at: /until}
      expiry: {unit: ms, default: 1h, never: false}
      success: {status: [200, 201], where: {/ok: true}}
      capture: {tenant: /team/id}
      errors:
        - {status: 403, pointer: /error, equals: bad, means: reauthorize}
        - {pointer: /code, matches: "^AADSTS5[0-9]+", means: ambiguous}
        - {status: 420, means: rate_limited}
    introspection: {endpoint: https://www.example.com/introspect, when: always}
    revocation:
      endpoint: https://www.example.com/revoke/{token}
      method: DELETE
      body: query
      parameters: {again: "{token}"}
      headers: {X-Key: "{api_key}"}
      token: access_token
      authorize: bearer
    after_connect:
      - post: https://www.example.com/sites
        json: {name: "{shop}", n: 1}
        headers: {X-Key: "{api_key}"}
        list: /sites
        where: {/name: "{shop}"}
        capture: {site: /id}
        optional: true
      - {claims_of: id_token, capture: {subject: /sub}}
    hosts: [.example.com, "WWW.example.com:8443", organization, '*', "localhost:*"]
    examples:
      - name: one
        source: https://docs.example.com/a
        operation: refresh
        status: 400
        headers: {X-One: 1}
        body: {error: bad}
        expect: {means: reauthorize}
    """
