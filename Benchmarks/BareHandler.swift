import Foundation
import HTTPTypes
import Hummingbird

/// What the framework costs alone: one route that answers the bytes of a token read, with the same headers, and does
/// nothing for them.
struct BareHandler {
    let port: Int
    let body: Data

    func run() async throws {
        let answer = ByteBuffer(bytes: body)
        var headers = HTTPFields()
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        if let name = HTTPField.Name("X-Request-ID") { headers[name] = "req_00000000000000000000000000000000" }
        let fields = headers
        let router = Router()
        router.get("/api/v1/connections/{id}/token") { _, _ in
            Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: answer))
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), backlog: 4096))
        try await application.runService()
    }
}
