import ConnectorSDK
import Definitions

/// The steps of `after_connect`, expanded by the SDK's own writers.
struct AfterConnectParts {
    let origins: Origins
    let standIns: StandIns

    func requests() -> [ExplainedRequest] {
        origins.definition.afterConnect.enumerated().map { index, step in
            let key = "after_connect[\(index)]"
            var explained = ExplainedRequest(operation: .afterConnect, step: key)
            switch step {
            case .claims(let field, let capture):
                let names = capture.keys.sorted().joined(separator: ", ")
                explained.parts = [
                    ExplainedPart(.claims, field.rawValue, "captures \(names)", origins.key("\(key).claims_of"))
                ]
            case .request(let request):
                do throws(ConnectorError) {
                    explained.parts = try parts(request, key)
                } catch {
                    explained.problem = "\(error.place): \(standIns.show(error.remedy))"
                }
            }
            return explained
        }
    }

    private func parts(_ request: AfterConnectRequest, _ key: String) throws(ConnectorError) -> [ExplainedPart] {
        let values = TemplateValues(standIns.definition, standIns.context)
        let verb = "\(key).\(request.method.rawValue.lowercased())"
        let url = try EndpointRules(standIns.definition, standIns.context).url(of: [request.endpoint], values, at: verb)
        var parts = [
            ExplainedPart(.method, request.method.rawValue, origins.key(verb)),
            ExplainedPart(.url, standIns.show(url.description), origins.key(verb)),
        ]
        for (name, template) in request.headers.sorted(by: { $0.key < $1.key }) {
            guard let value = try template.header(values, at: "\(key).headers.\(name)") else { continue }
            parts.append(
                ExplainedPart(.header, name, standIns.show(value.shown), origins.key("\(key).headers.\(name)")))
        }
        parts.append(ExplainedPart(.header, "Authorization", "Bearer {access_token}", .engine))
        if let json = request.json {
            let tree = try Self.expand(json, values, at: "\(key).json")
            parts.append(ExplainedPart(.body, standIns.show(tree.shown), origins.key("\(key).json")))
        }
        return parts
    }

    private static func expand(
        _ json: JSONValue, _ values: TemplateValues, at place: String
    ) throws(ConnectorError) -> ProviderRequest.JSONTree {
        switch json {
        case .string(let text): return .value(try Template(text).value(values, at: place) ?? "")
        case .array(let elements):
            var trees: [ProviderRequest.JSONTree] = []
            for element in elements { trees.append(try expand(element, values, at: place)) }
            return .array(trees)
        case .object(let members):
            var trees: [ProviderRequest.JSONTree.Member] = []
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                trees.append(.init(name, try expand(value, values, at: place)))
            }
            return .object(trees)
        default: return .literal(json)
        }
    }
}
