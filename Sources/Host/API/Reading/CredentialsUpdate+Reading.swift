import ConnectorSDK
import HTTPTypes
import Pipeline

extension CredentialsUpdate {
    /// The body of `PUT …/credentials`: a JSON object, or a form with one file that is one.
    static func read(_ call: Call) throws(PipelineError) -> CredentialsUpdate {
        let file = try OnePartForm.content(of: call.body, type: call.headers[.contentType])
        var update = CredentialsUpdate(isFile: file != nil)
        for (name, value) in try BodyReader.members(of: file ?? call.body) {
            switch value {
            case .null: update.members[name] = update.isFile ? .unchanged : .remove
            case .string(let text): update.members[name] = .set(Secret(text))
            default: update.others.insert(name)
            }
        }
        return update
    }
}
