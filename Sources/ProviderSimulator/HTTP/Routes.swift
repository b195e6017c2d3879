import HTTPTypes
import Hummingbird

/// Every address of the provider, on one screen.
struct Routes: Sendable {
    let provider: SimulatedProvider

    func router() -> Router<ProviderContext> {
        let router = Router(context: ProviderContext.self)
        let pages = PageRoutes(provider: provider)
        router.get("/", use: pages.index)
        router.get("/.well-known/oauth-authorization-server", use: pages.metadata)
        router.get("/authorize", use: pages.showConsent)
        router.post("/authorize", use: pages.decideConsent)
        router.get("/device", use: pages.showDevice)
        router.post("/device", use: pages.decideDevice)

        let protocolRoutes = ProtocolRoutes(provider: provider)
        router.post("/token", use: protocolRoutes.token)
        router.post("/revoke", use: protocolRoutes.revoke)
        router.post("/introspect", use: protocolRoutes.introspect)
        router.post("/device_authorization", use: protocolRoutes.authorizeDevice)
        router.get("/userinfo", use: protocolRoutes.userinfo)

        RoleRoutes(provider: provider).add(to: router.group("/roles"))
        ControlRoutes(provider: provider).add(to: router.group("/_sandbox"))
        return router
    }
}

extension Request {
    /// The parameters of a form body. Any content type is read as a form: curl's default, and what the RFC demands.
    func form() async throws -> Parameters {
        let body = try await self.body.collect(upTo: 1 << 20)
        return Parameters(form: String(buffer: body))
    }

    /// The number that a proxy gave the call (`Presentation.call`), as much of it as a log line should hold.
    var proxyCall: String? {
        HTTPField.Name("Sandbox-Call").flatMap { headers[$0] }.map { String($0.prefix(64)) }
    }

    /// The parameters of the query.
    var queryParameters: Parameters { Parameters(form: uri.query ?? "") }
}

extension Answer {
    /// The answer as it goes out when nothing disturbs it.
    func response() -> Response {
        Response(status: .init(code: status), headers: fields, body: .init(byteBuffer: ByteBuffer(string: body)))
    }

    /// The headers; names that are no header names are left out.
    var fields: HTTPFields {
        var fields = HTTPFields()
        for header in headers {
            if let name = HTTPField.Name(header.name) { fields.append(HTTPField(name: name, value: header.value)) }
        }
        return fields
    }
}
