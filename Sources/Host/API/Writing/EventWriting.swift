package import Model
import NIOCore

extension EventRecord {
    /// The same for sinks.
    package var json: [UInt8] {
        var json = JSONOutput()
        write(to: &json)
        return Array(json.buffer.readableBytesView)
    }

    /// In the shape of DESIGN.md §8, whose names are those of the event topics: camel case.
    func write(to json: inout JSONOutput) {
        switch kind {
        case .appEnabled, .appDisabled: writeEntityEvent(to: &json)
        default: writeTokenEvent(to: &json)
        }
    }

    private func writeTokenEvent(to json: inout JSONOutput) {
        json.object {
            $0.member("eventId", id)
            $0.member("eventType", kind.rawValue)
            $0.member("tokenReferenceId", connection?.description)
            $0.member("serviceType", connector.uppercased().replacing("-", with: "_"))
            $0.member("accountId", owner)
            $0.member("timestamp", at)
            $0.member("connectionId", connection?.description)
            $0.member("orgId", organization.description)
            $0.member("generation", generation)
            $0.member("reason", reason)
        }
    }

    private func writeEntityEvent(to json: inout JSONOutput) {
        json.object { json in
            json.member("eventId", id)
            json.member("eventType", kind.rawValue)
            json.member("timestamp", at)
            json.name("payload")
            json.object {
                $0.member("orgId", organization.description)
                $0.member("appGroup", connector)
                $0.member("appGroupId", connector)
                $0.member("apps", [connector])
                $0.member("syncAction", kind == .appEnabled ? "enable" : "disable")
                $0.member("credentialsRoute", "/api/v1/connectors/\(connector)/credentials")
                $0.member("refreshTokenRoute", "/api/v1/connections/{id}/refresh")
            }
        }
    }
}
