import ArgumentParser
import DefinitionImport
import Foundation
import Provider
import Settings

/// `token-manager connector new`.
struct ConnectorNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Writes a commented definition to CONNECTORS_DIR.",
        discussion: """
            What is not given as an option is read from the provider's metadata (--discover), and asked for on a terminal.
            The file is written only if lint --strict finds nothing wrong with it, and never in the place of another.
            Exit codes: 0 written, 1 it is there already, the metadata cannot be used or lint objects, 2 an answer is missing or
            wrong usage, 3 the provider cannot be reached.
            """)

    @Argument(help: "The definition's id: lower-case letters, digits and hyphens.")
    var name: String

    @Option(
        help: ArgumentHelp("Read this issuer's metadata (RFC 8414, OpenID Connect Discovery).", valueName: "issuer"))
    var discover: String?

    @OptionGroup var answers: AnswerOptions

    @OptionGroup var config: ConfigOption

    func run() async throws {
        let settings = try HostSettings.egress(file: config.file)
        let folder = try HostSettings.connectorsFolder(file: config.file)
        let client = try ProviderClient(policy: EgressPolicy(settings))
        var work = NewRun(name: name, folder: folder, options: answers.values) { await Self.fetch($0, client) }
        work.issuer = discover
        work.allowsLoopback = settings.allowsPrivate
        if Terminal.isThere { work.ask = Terminal.ask }
        let result = await work.run()
        await client.shutdown()
        (result.exitCode == 0 ? FileHandle.standardOutput : .standardError).write(Data(result.output.utf8))
        if result.exitCode != 0 { throw ExitCode(result.exitCode) }
    }

    private static func fetch(_ url: String, _ client: ProviderClient) async -> FetchedDocument {
        let request = WireRequest(method: "GET", url: url, headers: [WireHeader("Accept", "application/json")])
        switch await client.call(request, deadline: .seconds(15)) {
        case .answer(let response): return .answer(status: response.status, body: Array(response.body))
        case .notSent(let reason): return .none(reason: "\(reason)", isUnreachable: true)
        case .broken(let reason, _):
            return .none(reason: "\(reason)", isUnreachable: ![.answerTooLarge, .headersTooLarge].contains(reason))
        }
    }
}

/// The options that answer questions; `Question.all` has the same names.
struct AnswerOptions: ParsableArguments {
    @Option(help: "The provider's name, for people.")
    var title: String?

    @Option(help: ArgumentHelp("A page of the provider about OAuth; may be repeated.", valueName: "url"))
    var documentation: [String] = []

    @Option(help: "A grant, such as client_credentials; may be repeated. authorization_code if left out.")
    var grant: [String] = []

    @Option(help: ArgumentHelp("Where the browser goes; {name} for what the customer fills in.", valueName: "url"))
    var authorizationEndpoint: String?

    @Option(help: ArgumentHelp("Where codes are redeemed and tokens are refreshed.", valueName: "url"))
    var tokenEndpoint: String?

    @Option(help: ArgumentHelp("Where devices ask for a code (RFC 8628).", valueName: "url"))
    var deviceAuthorizationEndpoint: String?

    @Option(help: ArgumentHelp("Where tokens are revoked (RFC 7009).", valueName: "url"))
    var revocationEndpoint: String?

    @Option(help: ArgumentHelp("Where tokens are looked up (RFC 7662).", valueName: "url"))
    var introspectionEndpoint: String?

    @Option(help: "How the client shows who it is: client_secret_post if nothing else is known.")
    var clientAuthentication: String?

    @Option(help: "S256, or off with --pkce-reason.")
    var pkce: String?

    @Option(help: ArgumentHelp("Why PKCE is off, and the page that says so.", valueName: "text"))
    var pkceReason: String?

    @Option(help: "A scope to ask for where nobody names any; may be repeated.")
    var scope: [String] = []

    @Option(help: "A scope of every request; may be repeated.")
    var alwaysScope: [String] = []

    @Option(help: "static, overlap, single_use or single_use_family, as a page of the provider says.")
    var rotation: String?

    @Option(help: ArgumentHelp("How long a used refresh token stays good, such as 60s.", valueName: "duration"))
    var overlap: String?

    @Option(help: ArgumentHelp("How long a refresh may take.", valueName: "duration"))
    var hardDeadline: String?

    /// As answers.
    var values: ConnectorAnswers {
        var values = ConnectorAnswers()
        values.title = title
        values.documentation = Self.lines(documentation)
        values.grants = Self.joined(grant)
        values.authorizationEndpoint = authorizationEndpoint
        values.tokenEndpoint = tokenEndpoint
        values.deviceAuthorizationEndpoint = deviceAuthorizationEndpoint
        values.revocationEndpoint = revocationEndpoint
        values.introspectionEndpoint = introspectionEndpoint
        values.authentication = clientAuthentication
        values.pkce = pkce
        values.pkceReason = pkceReason
        values.scopes = Self.joined(scope)
        values.alwaysScopes = Self.joined(alwaysScope)
        values.rotation = rotation
        values.overlap = overlap
        values.hardDeadline = hardDeadline
        return values
    }

    private static func joined(_ words: [String]) -> String? { words.isEmpty ? nil : words.joined(separator: " ") }

    /// A value stays one, whatever it holds.
    private static func lines(_ values: [String]) -> String? {
        values.isEmpty ? nil : values.map { $0.replacing("\n", with: " ") }.joined(separator: "\n")
    }
}
