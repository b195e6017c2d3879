import Model
import Pipeline

extension SharedSchema {
    /// All that stand under `components/schemas`, in the order of the document.
    static let all: [SharedSchema] = [
        problem, connection, connectionList, tokenLine, choice, token, refreshedToken, tokenWarning, timelineEntry,
        revocationState,
        timeline, revocation, check, authorization, deviceAuthorization, connectorSummary, connectorList, connector,
        input, connectorSwitch,
        acceptance, config, configSettings, credentials, downloadedCredentials, tokenEvent, entityEvent, eventPage,
        health, partHealth, liveness, build, editRequest, refreshRequest, authorizeRequest, exchangeRequest,
        redeemRequest, clientMaterial, configRequest, configSettingsRequest, credentialsRequest,
        appConfig, appConfigSetting, appConfigProblem, appConfigRequest,
    ]
}

extension Schema {
    // What several shapes hold.
    static let connectorID = text(pattern: Patterns.connector)
    static let connectionID = text(pattern: Patterns.name)
    static let clientName = text(pattern: Patterns.client)
    static let tokenName = text(pattern: Patterns.name)
    static let owner = text(pattern: Patterns.visible(128))
    static let status = words(ConnectionStatus.allCases.map(\.rawValue))
    static let scope = text(pattern: Patterns.visible(4096))
    static let generation = integer()
    static let captured = map(of: text)
    /// What stands for a secret where it may not be shown.
    static let isSet = constant("set")

    /// A list: `{items, next_cursor}`.
    static func page(of shape: SharedSchema) -> Schema {
        closed([
            .always("items", list(of: .shared(shape))),
            .always("next_cursor", text.orNull, "For the next page; null on the last one."),
        ])
    }
}
