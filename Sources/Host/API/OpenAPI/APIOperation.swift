import HTTPTypes
import Pipeline

/// One route as the OpenAPI document tells it. `Operations` holds one for every route; the host does not start while one
/// is missing or left over (`OpenAPIDocument.check`).
struct APIOperation: Sendable {
    /// Groups of operations, in the order of the document.
    enum Tag: String, CaseIterable {
        case tokens = "Tokens"
        case connections = "Connections"
        case grants = "Grants"
        case connectors = "Connectors"
        case events = "Events"
        case browser = "Browser"
        case host = "Host"
    }

    /// Who may call.
    enum Audience: Sendable {
        case everybody
        /// A person's browser: a ticket, or the cookie that it was given for one.
        case browser
        /// Users with one of these roles and services with one of these scopes; default deny.
        case callers(roles: [Caller.Role], scopes: [Caller.Scope])
    }

    /// What a request may carry.
    struct Body: Sendable {
        let description: String
        let schema: Schema
        let example: OrderedJSON
        /// Without it the request cannot be right.
        var isRequired = false
        /// The schema of a form with one file, where the route takes one.
        var form: Schema?
    }

    /// `operationId`.
    let id: String
    let method: HTTPRequest.Method
    let template: String
    let tag: Tag
    let audience: Audience
    let summary: String
    var description: String?
    var parameters: [Parameter] = []
    var body: Body?
    let answers: [Success]
    /// The problems that this operation has beside those of its kind (`ProblemSet`).
    var problems: [PipelineError.Code] = []

    /// As it is compared with a `Route`.
    var place: String { "\(method.rawValue) \(template)" }
}

/// A parameter of an operation.
struct Parameter: Sendable {
    enum Place: String {
        case path
        case query
        case header
        case cookie
    }

    let name: String
    let place: Place
    let schema: Schema
    let description: String
    let example: OrderedJSON
    /// Under `components/parameters`, since many operations have it.
    var isShared = false
    /// A list between commas instead of one parameter for each element.
    var isJoined = false

    var json: OrderedJSON {
        let json: OrderedJSON = ["name": .text(name), "in": .text(place.rawValue)]
        return json.adding("required", place == .path ? true : nil).adding("description", .text(description))
            .adding("style", isJoined ? "form" : nil).adding("explode", isJoined ? false : nil)
            .adding("schema", schema.json).adding("example", example)
    }

    /// In an operation.
    var reference: OrderedJSON { isShared ? ["$ref": .text("#/components/parameters/\(name)")] : json }
}

/// An answer that is no problem.
struct Success: Sendable {
    let status: Int
    let description: String
    var type = "application/json"
    /// Nil: no body.
    var schema: Schema?
    /// Nil where it would tell nothing.
    var example: OrderedJSON?
    var headers: [AnswerHeader] = []

    /// JSON of one of the shared shapes.
    static func json(
        _ description: String, _ shape: SharedSchema, status: Int = 200, _ headers: [AnswerHeader] = [],
        example: OrderedJSON
    ) -> Success {
        Success(status: status, description: description, schema: .shared(shape), example: example, headers: headers)
    }
}
