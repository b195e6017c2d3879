import ConnectorSDK
import Model
import Pipeline

extension ConfigView {
    /// The members that have a fixed name of their own; every other secret is an organization input.
    private static let material = ["client_secret", "client_private_key", "client_certificate"]

    /// Secrets show as `"set"`, never as what they are.
    func write(to json: inout JSONOutput) {
        json.object { json in
            json.member("client_id", clientID)
            for name in Self.material where secretsSet.contains(name) {
                json.name(name)
                json.value("set")
            }
            json.member("redirect_uris", redirectURIs)
            json.member("scopes", scopes)
            json.member("inputs", inputs.merging(secretInputs) { _, secret in secret })
            json.name("settings")
            settings.write(to: &json)
            json.member("updated_at", updatedAt)
        }
    }

    private var secretInputs: [String: String] {
        Dictionary(secretsSet.filter { !Self.material.contains($0) }.map { ($0, "set") }) { first, _ in first }
    }
}

extension ClientRecord.Settings {
    func write(to json: inout JSONOutput) {
        json.object {
            $0.member("hosts", hosts)
            $0.member("rotation", rotation?.name)
            $0.member("overlap", overlapText)
            $0.member("idle_lifetime", idleLifetime.map(durationText))
            $0.member("absolute_lifetime", absoluteLifetime.map(durationText))
            $0.member("exchange_without_state", exchangeWithoutState)
        }
    }

    private var overlapText: String? {
        guard case .overlap(let overlap)? = rotation else { return nil }
        switch overlap {
        case .untilUsed: return "until_used"
        case .window(let length, _): return durationText(length)
        }
    }
}
