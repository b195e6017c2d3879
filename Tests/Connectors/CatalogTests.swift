import ConnectorSDK
import Connectors
import Testing

@Suite struct CatalogTests {
    @Test func everyConnectorIsFoundByItsID() throws {
        let byID = try Catalog.byID()
        #expect(byID.count == Catalog.connectors.count)
        #expect(byID["oauth2"].map { $0 == OAuth2Connector.self } == true)
        #expect(byID.keys.allSatisfy { Pattern.id?.matches(whole: $0) ?? false })
    }

    @Test func aDuplicateIDFailsWithBothNames() {
        #expect { try Catalog.byID([OAuth2Connector.self, Impostor.self]) } throws: { error in
            "\(error)" == "connector id oauth2 is used by both OAuth2Connector and Impostor"
        }
    }
}

extension Pattern {
    fileprivate static let id = try? Pattern("[a-z0-9-]{1,64}")
}

private struct Impostor: Connector {
    static let id = "oauth2"

    init(definition: Definition) throws(ConnectorError) {}

    func authorizationURL(_: ConsentRequest, in _: ConnectorContext) throws(ConnectorError) -> ConsentPage {
        ConsentPage(url: "", scopes: [])
    }

    func request(_: Operation, in _: ConnectorContext) throws(ConnectorError) -> ProviderRequest {
        ProviderRequest(method: .post, url: "")
    }

    func read(_: ProviderResponse, to _: Operation, in _: ConnectorContext) -> Reading { .done }
}
