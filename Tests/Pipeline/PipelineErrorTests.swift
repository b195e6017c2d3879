import ConnectorSDK
import Testing

@testable import Pipeline

@Suite struct PipelineErrorTests {
    @Test("a log's `code` is a code, and holds nothing of what the caller is told")
    func text() {
        #expect("\(PipelineError(.notFound, "There is no connection canary-id."))" == "not_found")
        #expect("\(PipelineError.invalid("name", "is too long"))" == "invalid_input")
    }

    @Test("a connection's input that is missing or wrong is its caller's; what an admin can set stays the client's")
    func inputs() {
        func judged(
            _ code: ConnectorError.Code, _ placeholder: String?, hosts: [HostRule] = []
        ) -> PipelineError {
            var definition = Definition(
                id: "acme", title: "Acme", token: RequestRules(endpoint: []),
                refresh: RefreshRules(request: RequestRules(endpoint: [])))
            var (shop, region) = (Input(name: "shop"), Input(name: "region"))
            (shop.per, region.per) = (.connection, .organization)
            definition.inputs = [shop, region]
            definition.hosts = hosts
            let error = ConnectorError(code, at: "token.endpoint", remedy: "is wrong", placeholder: placeholder)
            return PipelineError(wrapping: error).judged(byInputsOf: definition)
        }
        for code in [ConnectorError.Code.unresolvedPlaceholder, .invalidValue, .hostNotAllowed, .invalidURL] {
            let error = judged(code, "shop")
            #expect(error.code == .invalidInput)
            #expect(error.fields == [.init("inputs.shop", "is wrong (token.endpoint)")])
        }
        #expect(judged(.unresolvedPlaceholder, "region").code == .notConfigured)
        #expect(judged(.unresolvedPlaceholder, "captured").code == .notConfigured)
        #expect(judged(.unresolvedPlaceholder, nil).code == .notConfigured)
        #expect(judged(.hostNotAllowed, "region").code == .hostsNotConfigured)
        #expect(judged(.hostNotAllowed, "shop", hosts: [.organization]).code == .hostsNotConfigured)
        #expect(judged(.invalidValue, "shop", hosts: [.organization]).code == .invalidInput)
    }
}
