import HTTPTypes
import Pipeline

/// The problems that operations have because of what they are, so that each lists only its own.
enum ProblemSet {
    /// Whoever asks: what is no HTTP request, and defects of ours.
    static let everybody: [PipelineError.Code] = [.malformed, .internal]

    /// Known callers: who they are, how often they come, what they send, and the parts that every answer needs.
    static let callers: [PipelineError.Code] = [
        .unauthenticated, .forbidden, .payloadTooLarge, .unsupportedMediaType, .invalidInput, .storeUnavailable,
        .keysUnavailable, .callerRateLimited,
    ]

    /// What is written may have been changed meanwhile.
    static let writing: [PipelineError.Code] = [.revisionConflict]

    /// A connector that is looked up.
    static let connector: [PipelineError.Code] = [.notFound, .definitionHeld, .connectorUnavailable]

    /// A client that makes requests to its provider.
    static let client: [PipelineError.Code] = [
        .connectorDisabled, .notConfigured, .hostsNotConfigured, .draining,
    ]

    /// An answer of the provider.
    static let provider: [PipelineError.Code] = [
        .providerError, .providerUnavailable, .providerRateLimited, .clientMisconfigured, .refreshInProgress,
    ]

    /// A token that is served.
    static let token: [PipelineError.Code] = [
        .pending, .needsReauthorization, .expired, .revoked, .duplicateGrant, .auditUnavailable,
    ]
}

extension APIOperation {
    /// Every problem that it may answer with, by status and then in the table's order.
    var allProblems: [(status: Int, codes: [PipelineError.Code])] {
        var all = Set(ProblemSet.everybody + problems)
        if case .callers = audience { all.formUnion(ProblemSet.callers) }
        let byStatus = Dictionary(grouping: PipelineError.Code.allCases.filter(all.contains)) { $0.status.code }
        return byStatus.map { (status: $0.key, codes: $0.value) }.sorted { $0.status < $1.status }
    }
}

/// The answer for some problem codes of one status, under `components/responses`.
struct ProblemAnswer: Sendable {
    let status: Int
    let codes: [PipelineError.Code]
    /// A person gets a page instead of JSON.
    let isPage: Bool

    /// Made of what it holds, so that operations with the same problems share it.
    var name: String { ([isPage ? "page" : "problem", "\(status)"] + codes.map(\.rawValue)).joined(separator: ".") }

    var reference: OrderedJSON { ["$ref": .text("#/components/responses/\(name)")] }

    var json: OrderedJSON {
        let titles = codes.map { isPage ? "\($0.title)." : "`\($0.rawValue)`: \($0.title)." }
        return [
            "description": .text(titles.joined(separator: " ")), "headers": headers,
            "content": content,
        ]
    }

    /// What is no HTTP request, or too large for one, is answered before anybody knows that it is a browser's.
    private var content: OrderedJSON {
        guard isPage else { return ["application/problem+json": problem] }
        let page: OrderedJSON = ["text/html": ["schema": Schema.text.json]]
        return codes.contains(.malformed) ? page.adding("application/problem+json", problem) : page
    }

    private var headers: OrderedJSON {
        var headers: [AnswerHeader] = [.requestID, .cacheControl]
        if [424, 429, 503].contains(status) { headers.append(.retryAfter) }
        if status == 401 { headers.append(.challenge) }
        return .object(headers.map { .init(name: $0.name, value: $0.reference) })
    }

    private var problem: OrderedJSON {
        let code = codes[0]
        let narrowed: OrderedJSON = [
            "status": ["const": .number(Int64(status))], "code": ["enum": .texts(codes.map(\.rawValue))],
        ]
        let example: OrderedJSON = [
            "type": .text(code.type.path), "title": .text(code.title), "status": .number(Int64(status)),
            "detail": .text(code.title + "."), "instance": "/api/v1/connections/conn_00000000000000000000000000000001",
            "code": .text(code.rawValue), "retryable": .flag(code.isRetryable),
            "request_id": "req_00000000000000000000000000000001",
        ]
        return [
            "schema": .object(Schema.shared(.problem).json.members + [.init(name: "properties", value: narrowed)]),
            "example": example,
        ]
    }
}
