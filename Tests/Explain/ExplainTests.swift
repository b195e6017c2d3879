import Connectors
import Explain
import Foundation
import Testing

private let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path(percentEncoded: false)

/// `token-manager explain`.
@Suite struct ExplainTests {
    private let folder = "\(FileManager.default.temporaryDirectory.path(percentEncoded: false))/explain-\(UUID())"

    private func explain(
        _ files: [String: String], _ name: String = "acme", _ operation: ExplainedOperation? = nil,
        inputs: [String] = [], format: Explain.Format = .text
    ) throws -> (output: String, exitCode: Int32) {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name).yaml")) }
        let explain = Explain(connectors: try Catalog.byID())
        let result = explain.run(name, folder: folder, operation: operation, inputs: inputs, format: format)
        return (result.output.replacing("\(folder)/", with: ""), result.exitCode)
    }

    /// The line of a part, blanks squeezed.
    private func line(_ start: String, in output: String) -> String? {
        output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }.first {
            $0.hasPrefix(start)
        }
    }

    private let acme = """
        format: 1
        id: acme
        title: Acme
        inputs:
          domain: {format: dns_label}
          region: {required: false}
          key: {secret: true}
        client: {authentication: client_secret_basic}
        scopes: {default: [read, write]}
        authorization: {endpoint: "https://{domain}.acme.example/authorize", parameters: {region: "{region}"}}
        token:
          endpoint: ["https://{region}.acme.example/token", "https://{domain}.acme.example/token"]
          headers: {X-Key: "{key}"}
          rename: {code: auth_code}
        hosts: [.acme.example]
        revocation: {endpoint: "https://{domain}.acme.example/revoke", authorize: bearer, token: access_token}
        after_connect:
          - get: https://{domain}.acme.example/me
            capture: {user: /id}
          - post: https://{domain}.acme.example/users/{user}
            json: {name: "{user}", n: 1}
        """

    @Test("each part has its place in the file, its default, or the engine as its origin")
    func origins() throws {
        let output = try explain(["acme": acme]).output
        #expect(
            line("url https://<unset domain>.acme.example/token", in: output)?.hasSuffix(
                "acme.yaml:12:53 token.endpoint[1]") == true, "\(output)")
        #expect(line("header X-Key: {key}", in: output) == "header X-Key: {key} acme.yaml:13:20 token.headers.X-Key")
        #expect(line("body auth_code={code}", in: output) == "body auth_code={code} acme.yaml:14:18 token.rename.code")
        #expect(line("body grant_type=authorization_code", in: output)?.hasSuffix(" engine") == true)
        #expect(line("method POST", in: output) == "method POST default of format 1 token.method")
        #expect(line("query scope=read write", in: output)?.hasSuffix("acme.yaml:9:19 scopes.default") == true)
        #expect(
            line("query code_challenge={S256 of code_verifier}", in: output)?.contains("default of format 1") == true)
        #expect(
            line("header Authorization: Basic", in: output)
                == "header Authorization: Basic {client_id}:{client_secret} acme.yaml:8:26 client.authentication")
        #expect(output.contains("unset: domain, region (give them"))
        #expect(!output.contains("tm-"), "a stand-in shows")
    }

    @Test("a captured value stands as unset until it is given; after_connect goes with the new token")
    func afterConnect() throws {
        let output = try explain(["acme": acme], "acme", .afterConnect).output
        #expect(output.contains("url https://<unset domain>.acme.example/users/<unset user>"))
        #expect(output.contains(#"body {"n":1,"name":"<unset user>"}"#))
        #expect(output.contains("header Authorization: Bearer {access_token}"))
        let given = try explain(["acme": acme], "acme", .afterConnect, inputs: ["user=42", "domain=shop"]).output
        #expect(given.contains("url https://shop.acme.example/users/42"))
    }

    @Test("an input that is given decides which endpoint of a list is used")
    func chosen() throws {
        let output = try explain(["acme": acme], "acme", .refresh, inputs: ["region=eu", "domain=shop"]).output
        #expect(
            line("url https://eu.acme.example/token", in: output)?.hasSuffix("acme.yaml:12:14 token.endpoint[0]")
                == true)
        #expect(!output.contains("unset"))
    }

    @Test("the nonce is shown where the consent page is sent one")
    func nonce() throws {
        #expect(!(try explain(["acme": acme], "acme", .authorize).output.contains("nonce")))
        let named = acme.replacing("authorize\", parameters", with: "authorize\", rename: {nonce: once}, parameters")
        let output = try explain(["acme": named], "acme", .authorize).output
        #expect(line("query once={nonce}", in: output)?.hasSuffix("authorization.rename.nonce") == true, "\(output)")
        let claims = acme + "\n  - {claims_of: id_token, capture: {subject: /sub}}\nissuer: https://id.acme.example"
        #expect(try explain(["acme": claims], "acme", .authorize).output.contains("query nonce={nonce}"))
    }

    @Test("each grant has its exchange")
    func grants() throws {
        let text = acme + "\ngrants: [client_credentials, authorization_code]"
        let output = try explain(["acme": text], "acme", .exchange).output
        let kinds = output.split(separator: "\n").filter { $0.contains("grant_type=") || $0.hasPrefix("acme:") }
            .map { $0.split(separator: " ").joined(separator: " ").replacing(" engine", with: "") }
        #expect(
            kinds == [
                "acme: exchange of client_credentials", "body grant_type=client_credentials",
                "acme: exchange of authorization_code", "body grant_type=authorization_code",
            ])
    }

    @Test("a device has its request for codes beside the consent page, and its own exchange")
    func device() throws {
        let text =
            acme.replacing("rename: {code: auth_code}", with: "rename: {client_id: app}")
                + """

                grants: [authorization_code, device_code]
                device_authorization: {endpoint: "https://{domain}.acme.example/device"}
                """
        let output = try explain(["acme": text], "acme", .authorize).output
        let halves = output.components(separatedBy: "acme: device_authorization\n")
        #expect(halves.count == 2 && output.hasPrefix("acme: authorize\n"))
        let device = try #require(halves.last)
        #expect(line("method POST", in: device) == "method POST engine")
        #expect(
            line("url https://<unset domain>.acme.example/device", in: device)?.hasSuffix(
                "device_authorization.endpoint") == true, "\(device)")
        #expect(line("header X-Key: {key}", in: device)?.hasSuffix("token.headers.X-Key") == true)
        #expect(line("header Content-Type:", in: device)?.hasSuffix(" engine") == true)
        #expect(line("body scope=read write", in: device)?.hasSuffix("acme.yaml:9:19 scopes.default") == true)
        #expect(line("body app={client_id}", in: device)?.hasSuffix("token.rename.client_id") == true)
        let poll = try explain(["acme": text], "acme", .exchange).output
        #expect(poll.contains("acme: exchange of device_code\n"))
        #expect(line("body device_code={device_code}", in: poll) == "body device_code={device_code} engine")
        #expect(line("body grant_type=urn:ietf:params:oauth:grant-type:device_code", in: poll) != nil)
    }

    @Test("where nobody uses a browser there is no consent page, and the device's exchange is the one")
    func deviceOnly() throws {
        let text = """
            format: 1
            id: acme
            title: Acme
            grants: [device_code]
            client: {authentication: none}
            device_authorization: {endpoint: "https://acme.example/device"}
            token: {endpoint: "https://acme.example/token"}
            """
        let whole = try explain(["acme": text])
        let steps = whole.output.split(separator: "\n").filter { $0.hasPrefix("acme: ") }
        #expect(steps == ["acme: device_authorization", "acme: exchange", "acme: refresh"])
        #expect(whole.exitCode == 0 && whole.output.contains("client_id={client_id}"), "\(whole.output)")
        let json = try explain(["acme": text], "acme", .authorize, format: .json).output
        let tree = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let request = try #require((tree?["requests"] as? [[String: Any]])?.first)
        #expect(request["operation"] as? String == "authorize" && request["step"] as? String == "device_authorization")
    }

    @Test("claims are shown as JSON, texts without quotes")
    func claims() throws {
        let text = """
            format: 1
            id: acme
            title: Acme
            grants: [jwt_bearer]
            inputs: {site: {}}
            assertion: {claims: {site: "{site}", groups: [1, "{site}", true]}}
            token: {endpoint: "https://acme.example/token"}
            """
        let output = try explain(["acme": text], "acme", .exchange).output
        #expect(output.contains(#"groups [1,"<unset site>",true], site <unset site>,"#), "\(output)")
    }

    @Test("where an assertion alone shows who asks, no client is shown, unless one is given")
    func noClient() throws {
        let explain = Explain(connectors: try Catalog.byID())
        func output(_ inputs: [String]) -> String {
            explain.run(
                "google-service-account", folder: "\(repository)/connectors.d", operation: .exchange, inputs: inputs,
                format: .text
            ).output
        }
        #expect(line("body assertion=", in: output([])) != nil)
        #expect(line("body client_id", in: output([])) == nil)
        #expect(line("body client_id", in: output(["client_id=mine"]))?.hasPrefix("body client_id=mine") == true)
    }

    @Test("what a parent says keeps the parent's place")
    func extended() throws {
        let child =
            "format: 1\nid: child\ntitle: Child\nextends: acme\ntoken:\n  method: GET # lint-allow: secret-in-query so it is\n"
        let output = try explain(["acme": acme, "child": child], "child", .exchange).output
        #expect(line("method GET", in: output) == "method GET child.yaml:6:11 token.method")
        #expect(line("query auth_code={code}", in: output)?.contains("acme.yaml:14:18") == true)
    }

    @Test("SECURITY 41: a given value that leads out of hosts is a problem, and no request is shown")
    func outside() throws {
        let text = acme.replacing("format: dns_label", with: "format: hostname")
            .replacing("{domain}.acme.example", with: "{domain}").replacing(
                "https://{region}.acme.example/token", with: "https://{domain}/{region}")
        let good = try explain(["acme": text], "acme", .refresh, inputs: ["domain=a.acme.example"])
        #expect(good.exitCode == 0)
        let bad = try explain(["acme": text], "acme", .refresh, inputs: ["domain=evil.example.org"])
        #expect(bad.exitCode == 1)
        #expect(
            bad.output.contains("cannot be written: token.endpoint: evil.example.org is not within hosts")
                || bad.output.contains("refresh.endpoint: evil.example.org"), "\(bad.output)")
        #expect(!bad.output.contains("url "))
    }

    @Test(
        "wrong usage ends with 2 and never repeats the value",
        arguments: [
            (["domain=no dots.here-hidden"], "the value of domain cannot be used"),
            (["domian=hidden"], "did you mean `domain`?"), (["hidden"], "name=value"),
        ])
    func wrongUsage(inputs: [String], message: String) throws {
        let result = try explain(["acme": acme], inputs: inputs)
        #expect(result.exitCode == 2)
        #expect(result.output.contains(message))
        #expect(!result.output.contains("hidden"))
    }

    @Test("a name that is none is answered with the nearest, a wrong definition with its errors")
    func missing() throws {
        let unknown = try explain(["acme": acme], "acmee")
        #expect((unknown.exitCode, unknown.output.contains("did you mean `acme`?")) == (2, true))
        let wrong = try explain(["acme": acme + "\nbogus: 1"])
        #expect((wrong.exitCode, wrong.output.contains("[unknown-key]")) == (1, true))
        let none = try explain(["acme": acme], "acme", .introspect)
        #expect((none.exitCode, none.output.contains("has no introspection")) == (1, true))
    }

    @Test("JSON says the same with numbers for places, and no value of a secret")
    func json() throws {
        let output = try explain(["acme": acme], "acme", .exchange, inputs: ["key=hush"], format: .json).output
        let tree = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        let request = try #require((tree?["requests"] as? [[String: Any]])?.first)
        #expect(request["operation"] as? String == "exchange")
        let parts = try #require(request["parts"] as? [[String: Any]])
        let header = try #require(parts.first { $0["name"] as? String == "X-Key" })
        #expect(header["value"] as? String == "{key}")
        #expect((header["line"] as? Int, header["column"] as? Int) == (13, 20))
        #expect(!output.contains("hush"))
    }

    @Test("every shipped definition has a well-formed request for each of its operations")
    func shipped() throws {
        let explain = Explain(connectors: try Catalog.byID())
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(repository)/connectors.d")
        for name in names where name.hasSuffix(".yaml") {
            let result = explain.run(
                "\(repository)/connectors.d/\(name)", folder: ".", operation: nil, inputs: [], format: .text)
            #expect(result.exitCode == 0, "\(result.output)")
            #expect(!result.output.contains("tm-"), "\(name): a stand-in shows")
        }
    }
}
