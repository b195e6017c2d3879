import ConnectorSDK
import Definitions
import Foundation
import Testing

@testable import DefinitionImport

/// `connector new --discover` as values: a document in, a definition or a reason out.
@Suite("connector new --discover") struct DiscoveryTests {
    static let issuer = "https://id.acme.example"
    static let wellKnown = issuer + "/.well-known/oauth-authorization-server"

    @Test(
        "metadata is asked for where RFC 8414 and OpenID Connect put it",
        arguments: [
            (
                "https://id.acme.example",
                ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
            ),
            (
                "https://id.acme.example/",
                ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
            ),
            (
                "https://id.acme.example/t/1/",
                [
                    "/.well-known/oauth-authorization-server/t/1", "/t/1/.well-known/openid-configuration",
                    "/.well-known/openid-configuration/t/1",
                ]
            ),
        ])
    func addresses(issuer: String, paths: [String]) throws {
        let address = try MetadataAddress(issuer, allowsLoopback: false)
        #expect(address.candidates == paths.map { Self.issuer + $0 })
    }

    @Test(
        "what cannot be an issuer is asked nothing",
        arguments: [
            "", "acme", "http://id.acme.example", "https://id.acme.example?x", "https://id.acme.example?",
            "https://id.acme.example#x", "https://u@id.acme.example", "https://127.0.0.1", "https://[::1]",
            "http://localhost:8080", "https://id.acme.example/{tenant}", "https://id.acme.example/\n", "file:///etc",
            "https://2130706433", "https://id.acme.example/../x",
        ])
    func wrongIssuers(issuer: String) async throws {
        let folder = try TemporaryFolder()
        let result = await NewRun(name: "acme", folder: folder.path, issuer: issuer) { url in
            Issue.record("asked for \(url)")
            return .answer(status: 404, body: [])
        }.run()
        #expect(result.exitCode == 2, "\(result.output)")
        #expect(folder.files.isEmpty)
    }

    @Test("everything that metadata says stands in the definition") func whole() async throws {
        let definition = try await definition(
            [
                "authorization_endpoint": .string("https://id.acme.example/authorize"),
                "token_endpoint": .string("https://tokens.acme.example/token"),
                "revocation_endpoint": .string("https://id.acme.example/revoke"),
                "introspection_endpoint": .string("https://id.acme.example/introspect"),
                "device_authorization_endpoint": .string("https://id.acme.example/device"),
                "jwks_uri": .string("https://id.acme.example/keys"),
                "service_documentation": .string("https://developers.acme.example/oauth"),
                "grant_types_supported": .words(
                    "authorization_code", "refresh_token", "implicit", "password", "client_credentials",
                    "urn:ietf:params:oauth:grant-type:device_code"),
                "token_endpoint_auth_methods_supported": .words(
                    "client_secret_jwt", "private_key_jwt", "client_secret_post"),
                "code_challenge_methods_supported": .words("plain", "S256"),
                "scopes_supported": .words("openid", "offline_access", "files:read", "files:read"),
            ])
        #expect(definition.issuer?.description == Self.issuer)
        #expect(definition.jwks == "https://id.acme.example/keys")
        #expect(definition.documentation == ["https://developers.acme.example/oauth"])
        #expect(definition.grants == [.authorizationCode, .clientCredentials, .deviceCode])
        #expect(definition.authorization?.endpoint.map(\.description) == ["https://id.acme.example/authorize"])
        #expect(definition.authorization?.pkce == true)
        #expect(definition.token.endpoint.map(\.description) == ["https://tokens.acme.example/token"])
        #expect(definition.deviceAuthorization.map(\.description) == ["https://id.acme.example/device"])
        #expect(definition.revocation?.request.endpoint.map(\.description) == ["https://id.acme.example/revoke"])
        #expect(definition.introspection?.endpoint.map(\.description) == ["https://id.acme.example/introspect"])
        #expect(definition.client.authentication == .clientSecretPost)
        #expect(definition.scopes.always == ["offline_access"])
        #expect(definition.scopes.available.keys.sorted() == ["files:read", "offline_access", "openid"])
        #expect(definition.refresh.rotation == .singleUseFamily)
    }

    @Test(
        "the first method that format 1 has, a secret before a key; none named means Basic",
        arguments: [
            (nil, "client_secret_basic"), (["client_secret_post", "client_secret_basic"], "client_secret_basic"),
            (["tls_client_auth", "private_key_jwt"], "private_key_jwt"), (["none"], "none"),
            (["self_signed_tls_client_auth", "tls_client_auth"], "tls_client_auth"),
        ] as [([String]?, String)])
    func methods(named: [String]?, chosen: String) async throws {
        var members = Self.minimum
        members["token_endpoint_auth_methods_supported"] = named.map { .array($0.map { .string($0) }) }
        #expect(try await definition(members).client.authentication.rawValue == chosen)
    }

    @Test("assertions are signed with an algorithm that the provider takes") func algorithms() async throws {
        var members = Self.minimum
        members["token_endpoint_auth_methods_supported"] = .words("private_key_jwt")
        members["token_endpoint_auth_signing_alg_values_supported"] = .words("HS256", "ES256")
        #expect(try await definition(members).client.assertion?.algorithm == "ES256")
        members["token_endpoint_auth_signing_alg_values_supported"] = .words("ES256", "RS256")
        #expect(try await definition(members).client.assertion == nil)
    }

    @Test("PKCE is off only where S256 is missing from a list; where nothing is said it is sent") func proofKey()
        async throws
    {
        var members = Self.minimum
        members["code_challenge_methods_supported"] = .words("plain")
        let folder = try TemporaryFolder()
        #expect(await run(members, in: folder).exitCode == 0)
        let text = try folder.text("acme.yaml")
        #expect(text.contains("  # lint-allow: pkce-off the metadata lists plain, not S256\n  pkce: off\n"))
        members["code_challenge_methods_supported"] = nil
        let other = try TemporaryFolder()
        #expect(await run(members, in: other).exitCode == 0)
        #expect(try other.text("acme.yaml").contains("  # The metadata does not speak of PKCE. S256 is sent"))
        #expect(try !other.text("acme.yaml").contains("pkce:"))
    }

    @Test("SECURITY 5: where the metadata announces iss, the definition captures it, so that it is never left out")
    func announcedIssuer() async throws {
        var members = Self.minimum
        #expect(try await definition(members).authorization?.callback.alwaysNamesIssuer == false)
        members["authorization_response_iss_parameter_supported"] = .bool(true)
        let definition = try await definition(members)
        #expect(definition.authorization?.callback.capture == ["iss": "iss"])
        #expect(definition.authorization?.callback.alwaysNamesIssuer == true)
        #expect(definition.issuer?.description == Self.issuer)
    }

    @Test("an option counts more than metadata, and its comment is not written") func options() async throws {
        let folder = try TemporaryFolder()
        var options = ConnectorAnswers()
        options.authentication = "none"
        options.tokenEndpoint = "https://other.acme.example/token"
        options.rotation = "static"
        #expect(await run(Self.minimum, options: options, in: folder).exitCode == 0)
        let text = try folder.text("acme.yaml")
        #expect(text.contains("client:\n  authentication: none\n"))
        #expect(text.contains("token:\n  endpoint: https://other.acme.example/token\n"))
        #expect(text.contains("rotation: static") && !text.contains("most careful class"))
    }

    @Test("RFC 8705 §5: a client that shows a certificate calls the aliases, chosen by metadata or by an option")
    func aliases() async throws {
        var members = Self.minimum
        members["revocation_endpoint"] = .string("https://id.acme.example/revoke")
        members["mtls_endpoint_aliases"] = .object(["token_endpoint": .string("https://mtls.acme.example/token")])
        func tokenEndpoint(_ options: ConnectorAnswers, says note: Bool) async throws -> String? {
            let folder = try TemporaryFolder()
            let result = await run(members, options: options, in: folder)
            #expect(result.exitCode == 0 && result.output.contains("mtls_endpoint_aliases") == note, "\(result.output)")
            let loaded = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
            let definition = loaded.definitions["acme"]?.definition
            let revocation = definition?.revocation?.request.endpoint.map(\.description)
            #expect(revocation == ["https://id.acme.example/revoke"], "it has no alias")
            return definition?.token.endpoint.first?.description
        }
        let (own, alias) = ("https://id.acme.example/token", "https://mtls.acme.example/token")
        var options = ConnectorAnswers()
        #expect(try await tokenEndpoint(options, says: false) == own)
        options.authentication = "tls_client_auth"
        #expect(try await tokenEndpoint(options, says: true) == alias)
        members["token_endpoint_auth_methods_supported"] = .words("tls_client_auth")
        #expect(try await tokenEndpoint(ConnectorAnswers(), says: true) == alias)
        options.authentication = "client_secret_post"
        #expect(try await tokenEndpoint(options, says: false) == own)
    }

    @Test("the metadata's offline_access is asked for only where a user agrees, or where an option names it")
    func machines() async throws {
        var members = Self.minimum
        members["scopes_supported"] = .words("offline_access")
        members["grant_types_supported"] = .words("authorization_code", "client_credentials")
        func text(_ options: ConnectorAnswers) async throws -> String {
            let folder = try TemporaryFolder()
            #expect(await run(members, options: options, in: folder).exitCode == 0)
            return try folder.text("acme.yaml")
        }
        var options = ConnectorAnswers()
        #expect(try await text(options).contains("always:"))
        options.grants = "client_credentials"
        #expect(try await !text(options).contains("always:"))
        #expect(try await !text(options).contains("For a refresh token"))
        options.alwaysScopes = "files:read"
        #expect(try await text(options).contains("always:"))
    }

    static let minimum: [String: JSONValue] = [
        "authorization_endpoint": .string("https://id.acme.example/authorize"),
        "token_endpoint": .string("https://id.acme.example/token"),
    ]

    private func run(
        _ members: [String: JSONValue], options: ConnectorAnswers = ConnectorAnswers(), in folder: TemporaryFolder
    ) async -> (output: String, exitCode: Int32) {
        let body = MetadataText.of(members.merging(["issuer": .string(Self.issuer)]) { given, _ in given })
        return await NewRun(name: "acme", folder: folder.path, issuer: Self.issuer, options: options) { url in
            .answer(status: url == Self.wellKnown ? 200 : 404, body: body)
        }.run()
    }

    private func definition(_ members: [String: JSONValue]) async throws -> Definition {
        let folder = try TemporaryFolder()
        let result = await run(members, in: folder)
        guard result.exitCode == 0 else { throw Missing(what: result.output) }
        let loaded = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
        #expect(loaded.diagnostics.filter { $0.severity != .note }.isEmpty)
        guard let definition = loaded.definitions["acme"]?.definition else { throw Missing(what: "acme") }
        return definition
    }
}

extension JSONValue {
    static func words(_ words: String...) -> JSONValue { .array(words.map { .string($0) }) }
}

/// A metadata document as bytes.
enum MetadataText {
    static func of(_ members: [String: JSONValue]) -> [UInt8] {
        Array(JSONWriter.text(.object(members)).utf8)
    }
}
