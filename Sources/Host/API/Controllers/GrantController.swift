import ConnectorSDK
import HTTPTypes
import Model
import Pipeline

/// The three ways to a connection: through a browser, with a code that the caller has, and with a grant that needs
/// neither.
struct GrantController: Sendable {
    let pipeline: TokenPipeline

    @Sendable func authorize(_ call: Call, by caller: Caller) async throws -> Answer {
        let connector = try call.connector()
        let request = try call.fields { AuthorizeRequest.read(&$0, connector: connector) }
        let started = try await pipeline.authorize(request, by: caller)
        return .json(.created) { json in
            json.object {
                $0.member("authorization_url", started.authorizationURL)
                $0.member("provider_url", started.providerURL)
                $0.member("state", started.state)
                $0.member("connection_id", started.connection.description)
                $0.member("expires_at", started.expiresAt)
            }
        }
    }

    @Sendable func exchange(_ call: Call, by caller: Caller) async throws -> Answer {
        let connector = try call.connector()
        let request = try call.fields { ExchangeRequest.read(&$0, connector: connector) }
        let (connection, renewed) = try await pipeline.exchange(request, by: caller)
        return Self.made(connection, status: renewed ? .ok : .created)
    }

    @Sendable func redeem(_ call: Call, by caller: Caller) async throws -> Answer {
        let connector = try call.connector()
        let request = try call.fields { RedeemRequest.read(&$0, connector: connector) }
        switch try await pipeline.redeem(request, by: caller) {
        case .connected(let connection): return Self.made(connection, status: .created)
        case .device(let device): return Self.waiting(device)
        }
    }

    private static func waiting(_ device: DeviceAnswer) -> Answer {
        Answer.json(.accepted) { json in
            json.object {
                $0.member("connection_id", device.connection.description)
                $0.member("user_code", device.userCode)
                $0.member("verification_uri", device.verificationURI)
                if let complete = device.verificationURIComplete {
                    $0.member("verification_uri_complete", complete)
                }
                $0.member("interval", device.interval.components.seconds)
                $0.member("expires_at", device.expiresAt)
            }
        }
        .location("/api/v1/connections/\(device.connection)")
    }

    private static func made(_ connection: ConnectionView, status: HTTPResponse.Status) -> Answer {
        Answer.json(status) { connection.write(to: &$0) }.location("/api/v1/connections/\(connection.id)")
    }
}
