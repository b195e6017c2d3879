import ConnectorSDK
import Model
import Pipeline

extension ConnectorView {
    /// In the list.
    func write(to json: inout JSONOutput) {
        json.object { writeMembers(to: &$0) }
    }

    /// Alone: with what a caller must know to connect.
    func writeWhole(to json: inout JSONOutput) {
        json.object { json in
            writeMembers(to: &json)
            json.member("documentation", definition.documentation)
            json.member("categories", definition.categories)
            json.member("inputs", each: definition.inputs) { $1.write(to: &$0) }
            json.name("scopes")
            json.object { definition.scopes.write(to: &$0) }
            json.member("grants", definition.grants.map(\.rawValue))
        }
    }

    private func writeMembers(to json: inout JSONOutput) {
        json.member("id", definition.id)
        json.member("title", definition.title)
        json.member("enabled", enabled)
        json.member("configured", configured)
        json.memberIfSet("held", held)
        json.name("connections")
        json.object { json in
            for status in ConnectionStatus.allCases {
                json.name(status.rawValue)
                json.value(Int64(connections[status] ?? 0))
            }
        }
    }
}

extension ScopeRules {
    func write(to json: inout JSONOutput) {
        json.member("default", defaults)
        json.member("always", always)
        json.member("available", available)
    }
}

extension Input {
    /// What the owner has to give. The default of a secret stays where it is.
    func write(to json: inout JSONOutput) {
        json.object {
            $0.member("name", name)
            $0.memberIfSet("title", title)
            $0.memberIfSet("description", explanation)
            $0.memberIfSet("example", example)
            $0.member("format", format.rawValue)
            $0.memberIfSet("pattern", pattern)
            if !allowedValues.isEmpty { $0.member("enum", allowedValues) }
            $0.memberIfSet("default", secret ? nil : defaultValue)
            $0.member("required", required)
            $0.member("secret", secret)
            $0.member("per", per.rawValue)
        }
    }
}
