import ConnectorSDK
import NIOCore
import Pipeline

/// The answers that carry an access token: the one place of the API where an access token leaves its type.
extension TokenView {
    /// Writes it in one pass; the hot path of the host.
    func json(outcome: RefreshAnswer.Outcome? = nil) -> ByteBuffer {
        let token = accessToken.reveal()
        var json = JSONOutput(capacity: token.utf8.count + metadata.utf8.count + 512)
        json.object { json in
            json.member("access_token", token)
            json.member("token_type", tokenType)
            json.member("expires_at", expiresAt)
            json.member("expires_in", expiresIn)
            json.member("generation", generation)
            json.member("name", name)
            json.member("scopes", scopes)
            json.member("captured", captured)
            json.member("metadata", json: metadata.isEmpty ? "{}" : metadata)
            json.member("warnings", each: warnings) { json, warning in
                json.object {
                    $0.member("code", warning.code)
                    $0.member("detail", warning.detail)
                }
            }
            json.memberIfSet("outcome", outcome?.rawValue)
        }
        return json.buffer
    }
}
