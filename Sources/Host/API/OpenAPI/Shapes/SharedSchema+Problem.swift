import Pipeline

/// What `Problem` writes.
extension SharedSchema {
    static let problem = SharedSchema(
        name: "Problem",
        schema: .closed([
            .always("type", .words(ProblemType.allCases.map(\.path)), "The page that explains this family of codes."),
            .always("title", .text, "The code in words; the same for every problem of that code."),
            .always("status", .integer(from: 400, to: 599)),
            .always("detail", .text, "What happened here and what to do; never a secret, never a provider's own text."),
            .always("instance", .text, "The request's path."),
            .always("code", .words(PipelineError.Code.allCases.map(\.rawValue)), "What programs decide by."),
            .always("retryable", .flag, "The same request may succeed later without anybody changing anything."),
            .always("request_id", .text(pattern: Patterns.visible(128)), "As in the header X-Request-ID."),
            .maybe("errors", .list(of: field), "With `invalid_input`: every field that is wrong."),
            .maybe("connection_id", .connectionID, "With `duplicate_grant` and problems of one connection."),
            .maybe("reauthorize", reauthorize, "How to renew the connection."),
        ]))

    private static let field = Schema.closed([
        .always("field", .text, "A member such as `inputs.subdomain`, a parameter, or a header."),
        .always("detail", .text),
    ])

    private static let reauthorize = Schema.closed([
        .always("method", .constant("POST")), .always("href", .text),
    ])
}
