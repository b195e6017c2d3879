import ConnectorSDK

/// What `doctor` found out about one thing.
struct Finding: Hashable {
    enum Verdict: String {
        case ok, warn, fail
    }

    let verdict: Verdict
    /// What was looked at, such as `key file`.
    let name: String
    let detail: String
    /// What to do; nil where nothing is to be done.
    var remedy: String?

    static func ok(_ name: String, _ detail: String) -> Finding { Finding(verdict: .ok, name: name, detail: detail) }

    static func warn(_ name: String, _ detail: String, remedy: String) -> Finding {
        Finding(verdict: .warn, name: name, detail: detail, remedy: remedy)
    }

    static func fail(_ name: String, _ detail: String, remedy: String) -> Finding {
        Finding(verdict: .fail, name: name, detail: detail, remedy: remedy)
    }

    var text: String { "\(verdict.rawValue)\t\(name): \(detail)" + (remedy.map { "\n\t\($0)" } ?? "") }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "verdict": .string(verdict.rawValue), "name": .string(name), "detail": .string(detail),
        ]
        if let remedy { members["remedy"] = .string(remedy) }
        return .object(members)
    }
}
