import HTTPTypes
import Pipeline

/// What the `type` of a problem leads to: one page for each family, made from the table itself.
enum ProblemPages {
    static func page(_ name: String) -> String? {
        guard let type = ProblemType(rawValue: name) else { return nil }
        let codes = PipelineError.Code.allCases.filter { $0.type == type }
        let lines = codes.map {
            "\($0.status.code)  \($0.rawValue)\($0.isRetryable ? " (retryable)" : "")\n     \($0.title).\n"
        }
        return introduction(of: type) + "\n\n" + lines.joined()
    }

    private static func introduction(of type: ProblemType) -> String {
        switch type {
        case .inputValidation:
            "The request could not be read or one of its fields is wrong; errors[] names the fields."
        case .application:
            "The request was understood and could not be fulfilled; code says why. Retry-After says when to come back."
        }
    }
}
