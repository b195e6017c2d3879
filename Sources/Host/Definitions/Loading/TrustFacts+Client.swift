import ConnectorSDK

/// How the client's secret travels, besides `client.authentication`. What an earlier version stored says nothing of it,
/// and holds nothing back.
extension TrustFacts {
    /// The keys that decide it, each with its value.
    static func clientKeys(of definition: Definition) -> [String: String] {
        let client = definition.client
        return [
            "client.basic_username": client.basicUsername.rawValue,
            "client.repeat_in_body": client.repeatInBody.isEmpty ? "nothing" : "client_id",
            "client.per_connection": "\(client.perConnection)",
        ]
    }

    /// The operations whose secrets stand in a URL, which logs keep.
    static func operationsInURL(of definition: Definition) -> [String] {
        let requests: [(String, RequestRules?)] = [
            ("token", definition.token), ("refresh", definition.refresh.request), ("upgrade", definition.upgrade),
        ]
        var found = requests.filter { $0.1?.travelsInURL == true }.map(\.0)
        if let rules = definition.revocation {
            let request = rules.request
            let isInPath = request.endpoint.contains { $0.placeholders.contains("token") }
            // A bearer stands in a header.
            if isInPath || (request.travelsInURL && rules.authorize != .bearer) { found.append("revocation") }
        }
        return found
    }

    /// Why a change of these must wait.
    func exposure(after accepted: TrustFacts) -> String? {
        for (key, value) in (clientKeys ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let before = accepted.clientKeys?[key], before != value else { continue }
            return "\(key) changes from \(before) to \(value)"
        }
        guard let now = operationsInURL, let before = accepted.operationsInURL else { return nil }
        let moved = now.filter { !before.contains($0) }
        return moved.isEmpty ? nil : "the secrets of \(moved.joined(separator: ", ")) move into a URL"
    }
}
