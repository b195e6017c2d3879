import ConnectorSDK
import Testing

@Suite struct TemplateValuesTests {
    let definition = Definition.sample(inputs: [
        .of("region"), .of("extra", required: false), .of("api_key", secret: true),
        .of("pin", required: false, secret: true),
    ])

    func values(_ texts: [String: String] = [:], secrets: Set<String> = ["api_key", "client_secret"]) -> TemplateValues
    {
        TemplateValues(
            definition,
            ConnectorContext(
                clientID: "id", values: texts, secrets: secrets, callbackHost: "cb.example", random: "uuid"))
    }

    @Test(arguments: [
        ("{client_id}/{random}/{callback_host}", Value("id/uuid/cb.example")), ("{region}", Value("eu")),
        ("a{ b }{1}{}", Value("a{ b }{1}{}")),
        ("key {api_key}!", Value(parts: [.text("key "), .secret("api_key"), .text("!")])),
        ("{nested}", Value("{client_id}{api_key}")),
    ])
    func expandsOnce(text: String, value: Value) throws {
        #expect(try Template(text).value(values(["region": "eu", "nested": "{client_id}{api_key}"]), at: "x") == value)
    }

    @Test(arguments: ["{extra}", "{pin}", "{state}", ""])
    func oneUnsetOptionalInputIsNotSent(text: String) throws {
        #expect(try Template(text).value(values(), at: "x") == nil)
    }

    @Test(arguments: [
        "{region}", "{client_secret}", "{unknown}", "a{extra}", "{extra}{extra}", "{token}", "{api_key}{nothing}",
    ])
    func unresolvedPlaceholdersAreErrors(text: String) {
        #expect { try Template(text).value(values(), at: "x") } throws: {
            ($0 as? ConnectorError)?.code == .unresolvedPlaceholder
        }
    }

    @Test func anEmptyValueIsUnset() {
        #expect(throws: ConnectorError.self) { try Template("{region}").value(values(["region": ""]), at: "x") }
    }

    @Test func aSecretInputsTextIsNeverUsed() throws {
        let value = try Template("{api_key}").value(values(["api_key": "leaked"]), at: "x")
        #expect(value == .secret("api_key"))
        #expect(throws: ConnectorError.self) { try Template("{api_key}").text(values(), at: "x") }
        var other = definition
        other.token.endpoint = [Template("https://a.example.com/{api_key}")]
        #expect(throws: ConnectorError.self) { try other.url("api_key", "leaked") }
    }

    @Test("SECURITY 45: a value cannot break a header", arguments: ["a\r\nX: y", "ä", " a", "a\n"])
    func headers(value: String) {
        #expect(throws: ConnectorError.self) { try Template("{region}").header(values(["region": value]), at: "x") }
        #expect((try? Template("Key {api_key}").header(values(), at: "x")) != nil)
    }

    @Test func theFirstEndpointWhosePlaceholdersAreSetIsTaken() throws {
        var definition = Definition.sample()
        definition.token.endpoint = [
            "https://{a}.example.com/1", "https://{b}.example.com/2", "https://c.example.com/3",
        ].map { Template($0) }
        #expect(try definition.url("b", "x") == "https://x.example.com/2")
        #expect(try definition.url("z", "x") == "https://c.example.com/3")
        definition.token.endpoint.removeLast()
        #expect { try definition.url("z", "x") } throws: { ($0 as? ConnectorError)?.code == .unresolvedPlaceholder }
    }

    @Test("an error names the placeholder whose value is missing or wrong, and a host with its port")
    func namesThePlaceholder() throws {
        func failure(_ endpoint: String, _ value: String, _ name: String = "shop") -> ConnectorError? {
            var definition = Definition.sample(endpoint: endpoint, inputs: [.of("shop", .baseURL), .of("path")])
            definition.hosts = [.suffix(".acme.example.com")]
            do { _ = try definition.url(name, value) } catch { return error }
            return nil
        }
        let outside = failure("{shop}/token", "https://evil.example:8443")
        #expect(outside?.code == .hostNotAllowed && outside?.placeholder == "shop")
        #expect(outside?.remedy == "evil.example:8443 is not within hosts")
        #expect(failure("{shop}/token", "x", "path")?.placeholder == "shop", "it has no value")
        #expect(failure("{shop}/token", "a b")?.placeholder == "shop")
        #expect(failure("https://x.acme.example.com/{path}", "..", "path")?.placeholder == "path")
        let fixed = failure("https://evil.example/{path}", "x", "path")
        #expect(fixed?.code == .hostNotAllowed && fixed?.placeholder == nil, "no value brought that about")
        #expect(
            throws: ConnectorError(
                .unresolvedPlaceholder, at: "x", remedy: "{region} has no value; set it", placeholder: "region")
        ) { try Template("{region}").value(values(), at: "x") }
    }

    @Test func tooLongValuesAreRefused() {
        let long = String(repeating: "a", count: WireEncoding.longestValue + 1)
        #expect(throws: ConnectorError.self) { try Template("{region}").value(values(["region": long]), at: "x") }
    }
}
