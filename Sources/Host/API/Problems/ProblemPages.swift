import HTTPTypes
import Pipeline

/// What the `type` of a problem leads to: one page for each family, made from the table itself.
enum ProblemPages {
    static func page(_ name: String) -> String? {
        guard let type = ProblemType(rawValue: name) else { return nil }
        let codes = PipelineError.Code.allCases.filter { $0.type == type }
        return introduction(of: type) + "\n\n" + codes.map(entry).joined(separator: "\n")
    }

    private static func entry(_ code: PipelineError.Code) -> String {
        """
        \(code.status.code)  \(code.rawValue)
             \(code.title).
             \(code.isRetryable ? "Retryable: the same request may succeed later." : "Not retryable.")
             \(code.remedy)

        """
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
