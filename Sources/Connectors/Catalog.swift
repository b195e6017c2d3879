package import ConnectorSDK

/// The compiled connectors. The list is explicit: what is not named here does not exist.
package enum Catalog {
    /// Every compiled connector.
    package static let connectors: [any Connector.Type] = [
        GoogleWorkspaceConnector.self,
        OAuth2Connector.self,
        SlackConnector.self,
    ]

    /// The connectors by id, for the registry.
    /// - Throws: `DuplicateConnector` naming both types; the host does not start.
    package static func byID(
        _ connectors: [any Connector.Type] = connectors
    ) throws(DuplicateConnector) -> [String: any Connector.Type] {
        var byID: [String: any Connector.Type] = [:]
        for connector in connectors {
            if let first = byID.updateValue(connector, forKey: connector.id) {
                throw DuplicateConnector(id: connector.id, first: "\(first)", second: "\(connector)")
            }
        }
        return byID
    }
}

/// Two compiled connectors have the same id.
package struct DuplicateConnector: Error, Hashable, CustomStringConvertible {
    package let id: String
    package let first: String
    package let second: String

    /// The id and both types.
    package var description: String { "connector id \(id) is used by both \(first) and \(second)" }
}
