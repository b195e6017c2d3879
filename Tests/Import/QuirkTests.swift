import ConnectorSDK
import DefinitionImport
import Testing

/// Each own entry's quirk, in the definition that comes of it.
@Suite("An entry's meaning, not its mechanics") struct QuirkTests {
    @Test("Basic beside the body becomes Basic alone") func basic() throws {
        let mail = try definition("acorn-mail")
        #expect(mail.client.authentication == .clientSecretBasic)
        #expect(mail.client.repeatInBody.isEmpty)
        #expect(mail.title == "Acorn Mail")
        #expect(mail.authorization?.parameters == ["access_type": Template("offline")])
        #expect(mail.authorization?.pkce == true)
    }

    @Test("scopes for lasting tokens are always sent") func lastingScopes() throws {
        let mail = try definition("acorn-mail")
        #expect(mail.scopes.always == ["offline_access"])
        #expect(mail.scopes.defaults == ["mail.read"])
    }

    @Test("an alias is the other entry with its own keys in their place") func alias() throws {
        let notes = try definition("birch-notes")
        #expect(notes.token.endpoint == [Template("https://id.acorn.example.com/token")])
        #expect(notes.scopes.defaults == ["notes.read"])
        #expect(notes.scopes.always.isEmpty)
        #expect(notes.input("notebook")?.pattern == "^[0-9]+$")
        #expect(notes.title == "Acorn Mail")
    }

    @Test("an input before a literal suffix is one label, and the suffix bounds it") func label() throws {
        let shop = try definition("cedar-shop")
        #expect(shop.input("shop")?.format == .dnsLabel)
        #expect(shop.hosts == [.suffix(".cedar-shop.example.com")])
        #expect(shop.token.body == .json)
        #expect(shop.token.parameters == ["expiring": .number("1")])
        #expect(shop.authorization?.pkce == false)
    }

    @Test("A || B is a default where every URL then says the same") func commonDefault() throws {
        let desk = try definition("dune-desk")
        #expect(desk.input("host")?.defaultValue == "login.dune.example.com")
        #expect(desk.token.endpoint == [Template("https://{host}/token")])
        #expect(desk.hosts == [.host("login.dune.example.com", port: nil), .organization])
    }

    @Test("A || B is a list where the URLs say different things") func list() throws {
        let chat = try definition("ember-chat")
        #expect(chat.input("region")?.defaultValue == nil)
        #expect(chat.input("region")?.required == false)
        #expect(chat.authorization?.endpoint.count == 2)
        #expect(chat.token.endpoint.last == Template("https://api.ember.example.com/token"))
        #expect(chat.scopes.separator == ",")
        #expect(chat.hosts.allSatisfy { if case .host = $0 { true } else { false } })
    }

    @Test("A || B is reached: what A needs and B does not is optional, unless something else needs it")
    func reachable() throws {
        let text = """
            site:
              auth_mode: OAUTH2
              authorization_url: https://${connectionConfig.host}/a || https://${connectionConfig.name}.site.example.com/a
              token_url: https://${connectionConfig.host}/t || https://${connectionConfig.name}.site.example.com/t
              authorization_params: {team: '${connectionConfig.team}'}
              connection_config:
                host: {type: string, format: hostname}
                name: {type: string}
                team: {type: string}
            """
        let site = try definition("site", in: text)
        #expect(site.inputs.filter(\.required).map(\.name).sorted() == ["name", "team"])
    }

    @Test("a secret that no token request carries is left out, and so said") func unusedSecret() throws {
        let text = """
            data:
              auth_mode: OAUTH2_CC
              token_url: https://data.example.com/t
              connection_config: {apiKey: {type: string, secret: true}}
            """
        #expect(try definition("data", in: text).inputs.isEmpty)
        #expect(try verdicts(text)["data"]?.get().notes.contains { $0.contains("`apiKey` is left out") } == true)
    }

    @Test("a pattern that was written for a value without its scheme takes one with it") func schemeInPattern() throws {
        let text = """
            desk:
              auth_mode: OAUTH2
              authorization_url: https://${connectionConfig.site}/a
              token_url: https://${connectionConfig.site}/t
              connection_config: {site: {type: string, example: a.example.com/x, pattern: '^[a-z./]+$'}}
            """
        let input = try #require(try definition("desk", in: text).input("site"))
        #expect(input.format == .baseURL)
        #expect(input.pattern == "^(https://)?[a-z./]+$")
    }

    @Test("a computed value is named as such, whatever is in it") func computed() throws {
        let text = """
            sum:
              auth_mode: OAUTH2_CC
              token_url: https://sum.example.com/${connectionConfig.a || 'x'}
            """
        guard case .failure(.needsModule(let why))? = try verdicts(text)["sum"] else { throw Missing(what: "refusal") }
        #expect(why.contains("is computed"))
    }

    @Test("SECURITY 62: a URL from the callback leads to the definition's other hosts only") func callback() throws {
        let books = try definition("fjord-books")
        #expect(books.authorization?.callback.capture == ["accounts_server": "accounts-server"])
        #expect(books.token.endpoint.last == Template("{accounts_server}/token"))
        #expect(
            books.hosts == [
                .host("accounts.fjord.example.com", port: nil), .host("accounts.fjord.example.eu", port: nil),
            ])
        #expect(books.response.capture == ["api_domain": JSONPointer("/api/domain")])
    }

    @Test("an automated input is a capture, or a remark where nothing says what brings it") func automated() throws {
        let hr = try definition("grove-hr")
        #expect(hr.inputs.isEmpty)
        #expect(hr.response.capture == ["instance_url": JSONPointer("/instance_url")])
        #expect(hr.response.expiry.unit == .milliseconds)
        let notes = try own("grove-hr").notes
        #expect(notes.contains { $0.contains("`tenant`") })
        #expect(notes.contains { $0.contains("`grovePostConnection`") })
    }

    @Test("SECURITY 41: a pattern bounds no host, with or without its look-ahead") func pattern() throws {
        let crm = try definition("heath-crm")
        #expect(crm.input("hostname")?.pattern == "^[a-z0-9-]+(\\.[a-z0-9-]+)*$")
        #expect(crm.input("hostname")?.format == .hostname)
        #expect(crm.hosts == [.organization])
        #expect(try own("heath-crm").notes.contains { $0.contains("look-ahead") })
    }

    @Test("a pattern that lists values is an enum") func listedValues() throws {
        let erp = try definition("quartz-erp")
        #expect(erp.input("app_host")?.allowedValues == ["app.quartz.example.com", "app.test.quartz.example.com"])
        #expect(erp.input("app_host")?.defaultValue == "app.quartz.example.com")
        #expect(!erp.hosts.contains(.organization))
    }

    @Test("a value with port or path is a base URL") func baseURL() throws {
        let data = try definition("isle-data")
        #expect(data.input("server")?.format == .baseURL)
        #expect(data.token.endpoint == [Template("{server}/oauth/token")])
        #expect(data.authorization?.parameters == ["audience": Template("https://{server}")])
        #expect(data.hosts == [.organization])
    }

    @Test("client credentials, an enum and a label in one host") func clientCredentials() throws {
        let cell = try definition("juniper-cc")
        #expect(cell.grants == [.clientCredentials])
        #expect(cell.token.body == .query)
        #expect(cell.token.parameters == ["resource": .text(Template("urn:cell:{cell}"))])
        #expect(cell.hosts == [.suffix(".eu1.juniper.example.com"), .suffix(".us1.juniper.example.com")])
        #expect(cell.inputs.map(\.name) == ["cell", "region"])
    }

    @Test("user name and password are the client's id and secret renamed") func renamedClient() throws {
        let kelp = try definition("kelp-cc")
        #expect(kelp.token.rename == ["client_id": "username", "client_secret": "password"])
        #expect(kelp.token.omit == ["grant_type"])
        #expect(kelp.response.map[.accessToken]?.contains(JSONPointer(tokens: ["jwt"])) == true)
    }

    @Test("replaced text in the consent URL is a renamed or dropped parameter") func replacements() throws {
        let ads = try definition("lava-ads")
        #expect(ads.authorization?.rename == ["client_id": "client_key"])
        #expect(ads.authorization?.omit == ["response_type"])
        #expect(ads.authorization?.fragment == true)
        #expect(ads.refresh.request.endpoint == [Template("https://lava.example.com/token?refresh")])
    }

    @Test("a grant of another name, a secret in a header") func oddGrant() throws {
        let moss = try definition("moss-cloud")
        #expect(moss.token.grantType == "moss_2lo")
        #expect(moss.token.headers == ["x-moss-key": Template("{apiKey}")])
        #expect(moss.token.body == .json)
        #expect(moss.input("apiKey")?.secret == true)
    }

    @Test("a client assertion and a client certificate") func certificate() throws {
        let bank = try definition("nettle-bank")
        #expect(bank.client.authentication == .privateKeyJWT)
        #expect(bank.client.certificate)
        #expect(bank.token.parameters.isEmpty)
    }

    @Test("the refresh's own parameters, scopes and margin") func refresh() throws {
        let pay = try definition("oasis-pay")
        #expect(pay.token.parameters == ["type": .text(Template("web_server"))])
        #expect(pay.token.rename == ["client_id": "client_key"])
        #expect(pay.refresh.request.parameters == ["type": .text(Template("refresh"))])
        #expect(pay.scopes.send == [.authorization, .refresh])
        #expect(pay.scopes.always == ["payments.read"])
        #expect(pay.refresh.margin == .seconds(30))
        #expect(pay.refresh.notBefore == .seconds(30))
    }

    @Test("an automated value in the consent URL is the organization's; a repeated input is not captured")
    func consentInputs() throws {
        let forms = try definition("pine-forms")
        #expect(forms.input("appName")?.per == .organization)
        #expect(forms.authorization?.callback.code == "pine_code")
        #expect(forms.authorization?.callback.capture.isEmpty == true)
        #expect(forms.input("form") != nil)
        #expect(forms.scopes.encoding == .plus)
        #expect(forms.token.endpoint == [Template("https://pine.example.com/token")])
    }

    private func own(_ name: String) throws -> ImportedDefinition {
        try #require(try ownVerdicts()[name]).get()
    }
}
