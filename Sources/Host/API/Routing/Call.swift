import ConnectorSDK
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Pipeline

/// One request as a handler sees it: its body is read, its names are checked when asked for.
struct Call: Sendable {
    private let request: Request
    private let captures: Captures
    /// Empty where there is none.
    let body: ByteBuffer
    /// What it asks for was done already, for the same `Idempotency-Key`.
    private(set) var isRepeated = false

    init(_ request: Request, _ captures: Captures, body: ByteBuffer = ByteBuffer()) {
        self.request = request
        self.captures = captures
        self.body = body
    }

    var headers: HTTPFields { request.headers }

    /// The same call, marked as repeated.
    var repeated: Call {
        var call = self
        call.isRepeated = true
        return call
    }

    /// The path as it came, without query.
    var path: String { request.uri.path }

    /// All parameters of the query, decoded, in order.
    func queryPairs() throws(PipelineError) -> [(name: String, value: String)] {
        try QueryReader.pairs(request.uri.query)
    }

    /// What the route's template captured under that name, as it came.
    func captured(_ name: String) -> Substring? { captures[Substring(name)] }

    /// `{connector}` of the path. One that cannot exist is not found.
    func connector() throws(PipelineError) -> String {
        guard let name = captured("connector"), Shapes.isConnector(name) else {
            throw PipelineError(.notFound, "There is no such connector.")
        }
        return String(name)
    }

    /// `{id}` of the path. One that cannot exist is not found.
    func connection() throws(PipelineError) -> ConnectionID {
        guard let id = captured("id"), Shapes.isName(id) else {
            throw PipelineError(.notFound, "There is no such connection.")
        }
        return ConnectionID(String(id))
    }

    /// The query, which may hold these parameters and no others.
    func query(_ allowed: String...) throws(PipelineError) -> QueryReader {
        try QueryReader(request.uri.query, allowing: allowed)
    }

    /// The body's members read by a function, which must ask for every one that there may be. Takes no query.
    func fields<Value>(_ read: (inout FieldReader) -> Value) throws(PipelineError) -> Value {
        _ = try query()
        return try fieldsBesideQuery(read)
    }

    /// As `fields`, for routes with parameters.
    func fieldsBesideQuery<Value>(_ read: (inout FieldReader) -> Value) throws(PipelineError) -> Value {
        var reader = FieldReader(try BodyReader.members(of: body))
        let value = read(&reader)
        try reader.finish()
        return value
    }

    /// For routes that take neither query nor body.
    func takesNothing() throws(PipelineError) { try fields { _ in } }
}
