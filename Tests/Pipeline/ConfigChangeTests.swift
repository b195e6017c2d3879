import ConnectorSDK
import Testing

@testable import Pipeline

@Suite struct ConfigChangeTests {
    private static func definition(_ hosts: [HostRule], _ method: ClientRules.Authentication) -> Definition {
        let request = RequestRules(endpoint: [])
        var definition = Definition(id: "acme", title: "Acme", token: request, refresh: RefreshRules(request: request))
        definition.hosts = hosts
        definition.client.authentication = method
        return definition
    }

    private static func fields(_ definition: Definition, _ change: (inout ConfigUpdate) -> Void) -> [String] {
        var update = ConfigUpdate()
        change(&update)
        do {
            _ = try ConfigChange(update, definition: definition)
            return []
        } catch {
            return (error as? PipelineError)?.fields.map(\.name) ?? ["\(error)"]
        }
    }

    @Test(
        "an organization names hosts of its own, where the definition leaves them to it",
        arguments: [
            "*", "organization", ".co.uk", ".github.io", "http://login.example.com", "login.example.com/path", "",
        ])
    func refusedHosts(_ host: String) {
        let definition = Self.definition([.organization], .clientSecretPost)
        #expect(Self.fields(definition) { $0.hosts = .set(["login.example.com", host]) } == ["settings.hosts"])
    }

    @Test func hostsOfTheOrganization() {
        let named = ["login.example.com", "login.example.com:8443", ".login.example.com"]
        let open = Self.definition([.organization], .clientSecretPost)
        let bounded = Self.definition([.suffix(".example.com")], .clientSecretPost)
        #expect(Self.fields(open) { $0.hosts = .set(named) } == [])
        #expect(Self.fields(bounded) { $0.hosts = .set(named) } == ["settings.hosts"], "they would count for nothing")
        #expect(Self.fields(bounded) { $0.hosts = .remove } == [])
    }

    @Test("a key that cannot sign replaces none that can")
    func keys() {
        let signs = Self.definition([], .privateKeyJWT)
        let other = Self.definition([], .clientSecretPost)
        let update: (inout ConfigUpdate) -> Void = { $0.secrets = ["client_private_key": .set(Secret("garbage"))] }
        #expect(Self.fields(signs, update) == ["client_private_key"])
        #expect(Self.fields(other, update) == ["client_private_key"], "a key it is, whatever signs with it")
        #expect(Self.fields(signs) { $0.secrets = ["client_private_key": .remove] } == [])
    }
}
