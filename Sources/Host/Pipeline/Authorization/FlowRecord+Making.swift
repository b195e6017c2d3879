import ConnectorSDK
import Foundation
import Model
import Secrets

extension FlowRecord {
    /// A flow that a caller starts for a connection.
    /// - Parameters:
    ///   - inputs: those of this authorization; they take effect with its grant.
    ///   - state, ticket: what a browser comes back with; left out where none does: then nobody has the ones that are made up.
    init(
        _ id: FlowID, for connection: ConnectionRecord, inputs: CheckedInputs, by caller: Caller, state: Secret? = nil,
        ticket: Secret? = nil, redirectURI: String, sealedVerifier: Data? = nil, loginHint: String? = nil,
        returnTo: String? = nil, from start: Timestamp, until end: Timestamp
    ) {
        self.init(
            id: id, organization: connection.organization, connection: connection.id, connector: connection.connector,
            client: connection.client, startedBy: caller.name,
            stateHash: RandomToken.hash(state ?? RandomToken.make()),
            ticketHash: RandomToken.hash(ticket ?? RandomToken.make()), redirectURI: redirectURI,
            sealedVerifier: sealedVerifier, scopes: connection.requestedScopes, inputs: inputs.plain,
            sealedInputs: inputs.sealed, loginHint: loginHint, returnTo: returnTo, createdAt: start, expiresAt: end)
    }
}
