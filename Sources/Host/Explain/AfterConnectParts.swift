import ConnectorSDK
import Definitions

/// The steps of `after_connect`, as the connector describes them.
struct AfterConnectParts {
    let connector: any Connector
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
            case .request:
                do throws(ConnectorError) {
                    explained.parts = parts(try connector.request(.afterConnect(index), in: standIns.context), key)
                } catch {
                    explained.problem = "\(error.place): \(standIns.show(error.remedy))"
                }
            }
            return explained
        }
    }

    private func parts(_ request: ProviderRequest, _ key: String) -> [ExplainedPart] {
        let verb = origins.key("\(key).\(request.method.rawValue.lowercased())")
        var parts = [
            ExplainedPart(.method, request.method.rawValue, verb),
            ExplainedPart(.url, standIns.show(request.url), verb),
        ]
        for header in request.headers {
            let origin = origins.key("\(key).headers.\(header.name)")
            parts.append(ExplainedPart(.header, header.name, standIns.show(header.value.shown), origin))
        }
        parts.append(ExplainedPart(.header, "Authorization", "Bearer {access_token}", .engine))
        if case .json(let tree) = request.body {
            parts.append(ExplainedPart(.body, standIns.show(tree.shown), origins.key("\(key).json")))
        }
        return parts
    }
}
