package import ConnectorSDK
import NIOCore
package import Pipeline

package import struct Foundation.Data

/// A line of `connections import`: the body of `POST …/connections`, and beside it the connector, the organization and
/// what another host has captured.
package struct ImportLine: Sendable {
    /// Nil: that of the command.
    package let organization: String?
    package let request: RedeemRequest
    /// The line in one form, however it was written.
    package let text: Secret

    /// - Throws: `PipelineError` with every wrong member.
    package init(reading bytes: Data) throws(PipelineError) {
        var members = try BodyReader.members(of: ByteBuffer(bytes: bytes))
        // What other systems hold of a connection is its refresh token.
        if members["grant"] == nil, members["refresh_token"] != nil { members["grant"] = .string("refresh_token") }
        text = Secret(JSONWriter.text(.object(members)))
        var fields = FieldReader(members)
        organization = fields.organization()
        let connector = fields.requiredText("connector")
        if !connector.isEmpty, !Shapes.isConnector(connector) {
            fields.refuse("connector", "must be an id of a definition")
        }
        var request = RedeemRequest.read(&fields, connector: connector)
        request.captured = fields.textMap("captured") ?? [:]
        if request.connection != nil {
            fields.refuse("connection", "an import makes new connections; one is renewed by POST …/connections")
        }
        try fields.finish()
        self.request = request
    }
}

extension FieldReader {
    fileprivate mutating func organization() -> String? {
        read("organization", Shapes.visibleRule()) {
            if case .string(let text) = $0, Shapes.isVisible(text) { text } else { nil }
        }
    }
}
