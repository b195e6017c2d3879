import ConnectorSDK
import DefinitionImport
import Testing

/// Parts of the layout that the own entries do not show.
@Suite("Other ways of the layout") struct LayoutTests {
    private let start = "one:\n  auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/t\n"

    @Test("`${x} || value` in a parameter is a default") func parameterDefault() throws {
        let text = start + "  token_params: {audience: '${connectionConfig.audience} || https://api.example.com'}\n"
        let one = try definition("one", in: text)
        #expect(one.token.parameters == ["audience": .text(Template("{audience}"))])
        #expect(one.input("audience")?.defaultValue == "https://api.example.com")
    }

    @Test("what is used without being declared is an input; what the integration is asked for is the organization's")
    func undeclared() throws {
        let text =
            start + """
                  token_headers: {x-key: '${credentials.licenseKey}', x-site: '${connectionConfig.site}'}
                  integration_config: {site: {type: string, title: Site}}

                """
        let one = try definition("one", in: text)
        #expect(one.input("licenseKey")?.secret == true)
        #expect(one.input("site")?.per == .organization)
    }

    @Test("a script whose work is known becomes after_connect") func script() throws {
        let text =
            start + "  post_connection_script: mailchimpPostConnection\n  connection_config: {dc: {automated: true}}\n"
        let one = try definition("one", in: text)
        #expect(one.afterConnect.count == 1)
        #expect(one.inputs.isEmpty)
        #expect(one.hosts.contains(.host("login.mailchimp.com", port: nil)))
    }

    @Test("a grant's name in the query, user name and password, a GET") func oddGrants() throws {
        let text = """
            one:
              auth_mode: OAUTH2_CC
              token_url: https://a.example.com/t?grant_type=account_credentials&tenant=${connectionConfig.tenant}
              token_params: {username: '${connectionConfig.user}', password: '${connectionConfig.password}'}
              connection_config: {tenant: {}, user: {}, password: {secret: true, default_value: hunter2}}
            """
        let one = try definition("one", in: text)
        #expect(one.token.grantType == "account_credentials")
        #expect(one.token.endpoint == [Template("https://a.example.com/t?tenant={tenant}")])
        #expect(one.input("password")?.defaultValue == nil)
        #expect(try definition("one", in: start + "  token_request_method: GET\n").token.method == .get)
    }

    @Test(
        "pages that are not the provider's are no documentation",
        arguments: [
            ("https://dev.example.com/", 1), ("https://nango.dev/docs/x", 0), ("https://docs.nango.dev/x", 0),
        ])
    func pages(page: String, count: Int) throws {
        #expect(try definition("one", in: start + "  docs: \(page)\n").documentation.count == count)
    }

    @Test(
        "texts that YAML would read as something else are quoted",
        arguments: [
            "yes", "null", "1.5", "- a", "a: b", "a #b", "{x}", "it's", "\"q\"", "*a", ".5", "ü", "[a", "a,b]", "%",
            " x ", "~",
        ])
    func quoting(title: String) throws {
        let quoted = "'" + title.replacing("'", with: "''") + "'"
        let text = start + "  connection_config: {x: {title: \(quoted), enum: [\(quoted), a]}}\n"
        let input = try definition("one", in: text).input("x")
        #expect(input?.title == title)
        #expect(input?.allowedValues == [title, "a"])
    }

    @Test("line breaks and tabs in a text are kept") func controls() throws {
        let text = start + "  connection_config: {x: {description: \"a\\tb\\nc # d: e\"}}\n"
        #expect(try definition("one", in: text).input("x")?.explanation == "a\tb\nc # d: e")
    }

    @Test("SECURITY 46: an id is a file's name and no path", arguments: ["../evil", "a/b", "A B", "ü"])
    func id(name: String) throws {
        let text = "\"\(name)\":" + start.dropFirst(4)
        let imported = try verdicts(text).values.first?.get()
        #expect(imported?.id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") } == true)
    }
}
