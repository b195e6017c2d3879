import ConnectorSDK
import Model

/// What `ConnectorWriting`, `ConfigWriting` and `CredentialsController` write.
extension SharedSchema {
    static let connectorSummary = SharedSchema(name: "ConnectorSummary", schema: .closed(summaryMembers))
    static let connectorList = SharedSchema(name: "ConnectorList", schema: .page(of: connectorSummary))

    static let connector = SharedSchema(
        name: "Connector",
        schema: .closed(
            summaryMembers + [
                .always("documentation", .list(of: .text), "The provider's own pages."),
                .always("categories", .list(of: .text)),
                .always("inputs", .list(of: .shared(input))),
                .always(
                    "scopes",
                    .closed([
                        .always("default", .list(of: .text)), .always("always", .list(of: .text)),
                        .always("available", .map(of: .text), "Scope to a line of explanation."),
                    ])),
                .always("grants", .list(of: .words(GrantType.allCases.map(\.rawValue)))),
            ]))

    static let input = SharedSchema(
        name: "Input",
        schema: .closed([
            .always("name", .text), .maybe("title", .text), .maybe("description", .text), .maybe("example", .text),
            .always("format", .words(Input.Format.allCases.map(\.rawValue))),
            .maybe("pattern", .text, "Matches the whole value."),
            .maybe("enum", .list(of: .text)),
            .maybe("default", .text),
            .always("required", .flag),
            .always("secret", .flag, "Write-only."),
            .always("per", .words(["connection", "organization"]), "Whose input it is."),
        ]))

    static let connectorSwitch = SharedSchema(
        name: "ConnectorSwitch",
        schema: .closed([.always("connector", .connectorID), .always("enabled", .flag)]))

    static let acceptance = SharedSchema(
        name: "Acceptance", schema: .closed([.always("connector", .connectorID)]))

    static let config = SharedSchema(
        name: "Config",
        schema: .closed([
            .always("client_id", .text.orNull),
            .maybe("client_secret", .isSet), .maybe("client_private_key", .isSet), .maybe("client_certificate", .isSet),
            .always("redirect_uris", .list(of: .text)),
            .always("scopes", .list(of: .text).orNull, "Null: the definition's."),
            .always("inputs", .map(of: .text), "Secret ones show as `set`."),
            .always("settings", .shared(configSettings)),
            .always("updated_at", .time.orNull, "Null while nothing is set."),
        ]))

    static let configSettings = SharedSchema(
        name: "ConfigSettings",
        schema: .closed([
            .always("hosts", .list(of: .text).orNull),
            .always("rotation", rotation.orNull, "Null: the definition's."),
            .always("overlap", .text.orNull),
            .always("idle_lifetime", .text.orNull), .always("absolute_lifetime", .text.orNull),
            .always("exchange_without_state", .flag),
        ]))

    static let credentials = SharedSchema(
        name: "Credentials",
        schema: .closed([
            .always("configured", .flag, "Something is set and nothing that is required is missing."),
            .always("updated_at", .time.orNull),
            .always("fields", .map(of: .isSet), "Those that are set."),
        ]))

    static let downloadedCredentials = SharedSchema(name: "DownloadedCredentials", schema: .map(of: .text))

    static let rotation = Schema.words(["static", "overlap", "single_use", "single_use_family"])

    private static let summaryMembers: [Schema.Property] = [
        .always("id", .connectorID), .always("title", .text),
        .always("enabled", .flag, "Unless somebody disabled it in this organization."),
        .always("configured", .flag, "A client has a client id."),
        .maybe(
            "held", .text, "Why a changed definition waits for `accept`; until then the one before it counts, if any."),
        .always(
            "connections", .closed(ConnectionStatus.allCases.map { .always($0.rawValue, .integer()) }),
            "The organization's connections by status."),
    ]
}
