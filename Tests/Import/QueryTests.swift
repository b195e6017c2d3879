import ConnectorSDK
import DefinitionImport
import Definitions
import Testing

/// What an entry says in unusual places.
@Suite("Odd places of an entry") struct QueryTests {
    @Test("what the engine sends stands in no URL: a query is read like the parameters beside it") func query() throws {
        let text = """
            odd:
              auth_mode: OAUTH2
              authorization_url: https://a.example.com/auth?x=1&response_type=code&scope=a%20b&nonce=7
              token_url: https://a.example.com/token?grant_type=authorization_code&client_id=${clientId}
              refresh_url: https://a.example.com/token?grant_type=refresh_token
            """
        let odd = try definition("odd", in: text)
        #expect(odd.authorization?.endpoint == [Template("https://a.example.com/auth?x=1")])
        #expect(odd.scopes.always == ["a", "b"])
        #expect(odd.token.endpoint == [Template("https://a.example.com/token")])
        #expect(odd.refresh.request.endpoint == odd.token.endpoint)
        #expect(odd.token.grantType == nil && odd.refresh.request.grantType == nil)
        let notes = try notes(of: text)
        #expect(notes.contains("`nonce: 7` on the consent page is left to the engine."))
        #expect(notes.contains("`client_id: {client_id}` in the token request is left to the engine."))
        #expect(!notes.contains { $0.contains("response_type") })
    }

    @Test(
        "a scope that is made of an input needs a module, in a query as well", arguments: ["a?scope=", "a?x=1&scope="])
    func scope(url: String) throws {
        let text = """
            odd:
              auth_mode: OAUTH2
              authorization_url: https://a.example.com/\(url)${connectionConfig.team}
              token_url: https://a.example.com/token
            """
        guard case .failure(.needsModule(let why))? = try verdicts(text)["odd"] else { throw Missing(what: "refusal") }
        #expect(why.contains("scopes hold no placeholder"))
    }

    @Test("of several token URLs the one that is left out is named") func tokenURLs() throws {
        let text = """
            odd:
              auth_mode: OAUTH2
              authorization_url: https://a.example.com/auth
              token_url: {OAUTH2: https://a.example.com/token, OAUTH2CC: https://a.example.com/cc}
            """
        #expect(try definition("odd", in: text).token.endpoint == [Template("https://a.example.com/token")])
        #expect(try notes(of: text).contains { $0.contains("`token_url` has `OAUTH2CC` beside `OAUTH2`") })
    }

    @Test("what is sent as a password is a secret, whatever it is called, and the grant is the entry's own")
    func password() throws {
        let text = """
            odd:
              auth_mode: OAUTH2_CC
              token_url: https://a.example.com/token
              token_params: {grant_type: password, username: '${connectionConfig.u}', password: '${connectionConfig.p}'}
            """
        let odd = try definition("odd", in: text)
        #expect(odd.input("p")?.secret == true && odd.input("u")?.secret == false)
        let (source, target) = (try TemporaryFolder(), try TemporaryFolder())
        let run = ImportRun(file: try source.write(text, to: "entries.txt"), folder: target.path).run()
        #expect(run.exitCode == 0, "\(run.output)")
        let loaded = DefinitionLoader(connectors: ["oauth2"]).load(folder: target.path)
        #expect(loaded.definitions.count == 1)
        #expect(loaded.diagnostics.filter { $0.severity != .note } == [], "strict: not one warning")
    }

    @Test("a path with an index is the pointer to that element") func index() throws {
        let text = """
            odd:
              auth_mode: OAUTH2_CC
              token_url: https://a.example.com/token
              token_response_metadata: ['a.b[0].c', 'list[1][2]', 'd[x]']
            """
        let pointers = try definition("odd", in: text).response.capture.values.map(\.description).sorted()
        #expect(pointers == ["/a/b/0/c", "/d[x]", "/list/1/2"])
    }

    @Test("what is left unencoded is read from a list, and what is not the scope's is said") func unencoded() throws {
        let text = """
            odd:
              auth_mode: OAUTH2
              authorization_url: https://a.example.com/auth
              token_url: https://a.example.com/token
              authorization_url_skip_encode: [scopes, audience]
            """
        #expect(try definition("odd", in: text).scopes.encoding == .plus)
        let notes = try notes(of: text).filter { $0.contains("encode") }
        #expect(notes == ["The entry leaves `audience` of the consent page's URL unencoded; here it is encoded."])
    }

    @Test("what stands twice, or on two lines, is written once and on one") func once() throws {
        let text = """
            odd:
              auth_mode: OAUTH2_CC
              display_name: "Odd\\nShop"
              categories: [crm, crm]
              docs: [https://a.example.com/oauth, https://a.example.com/oauth]
              token_url: https://${connectionConfig.place}/token
              connection_config: {place: {type: string, enum: [a.example.com, b.example.com, a.example.com]}}
            """
        let odd = try definition("odd", in: text)
        #expect(odd.title == "Odd Shop" && odd.categories == ["crm"])
        #expect(odd.documentation == ["https://a.example.com/oauth"])
        #expect(odd.input("place")?.allowedValues == ["a.example.com", "b.example.com"])
    }

    private func notes(of text: String) throws -> [String] { try #require(try verdicts(text)["odd"]).get().notes }
}
