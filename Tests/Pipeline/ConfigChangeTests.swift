import ConnectorSDK
import Model
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

    /// The field that is refused, after a change beside these days of a config and of its definition.
    private static func refused(
        _ stored: (idle: Int64?, absolute: Int64?), _ own: (idle: Int64?, absolute: Int64?) = (nil, nil),
        _ change: (inout ConfigUpdate) -> Void
    ) throws -> String? {
        func days(_ count: Int64?) -> Duration? { count.map { .seconds($0 * 86_400) } }
        var definition = Self.definition([], .clientSecretPost)
        (definition.refresh.idleLifetime, definition.refresh.absoluteLifetime) = (days(own.idle), days(own.absolute))
        var (settings, update) = (ClientRecord.Settings(), ConfigUpdate())
        (settings.idleLifetime, settings.absoluteLifetime) = (days(stored.idle), days(stored.absolute))
        change(&update)
        let checked = try ConfigChange(update, definition: definition)
        do throws(PipelineError) {
            try checked.apply(to: &settings)
            return nil
        } catch {
            return error.fields.first?.name
        }
    }

    @Test(
        "an overlap goes with its class: alone it is the stored one's, and beside another it is refused, not forgotten")
    func overlaps() throws {
        let (minute, hour) = (Duration.seconds(60), Duration.seconds(3600))
        func changed(_ stored: RotationClass?, _ change: (inout ConfigUpdate) -> Void) throws -> RotationClass? {
            var (settings, update) = (ClientRecord.Settings(), ConfigUpdate())
            settings.rotation = stored
            change(&update)
            try ConfigChange(update, definition: Self.definition([], .clientSecretPost)).apply(to: &settings)
            return settings.rotation
        }
        let (short, long) = (
            RotationClass.overlap(.window(minute, afterWindow: .revoke)),
            RotationClass.overlap(.window(hour, afterWindow: .revoke))
        )
        #expect(try changed(short) { $0.overlap = .set("1h") } == long)
        #expect(try changed(short) { $0.overlap = .set("until_used") } == .overlap(.untilUsed))
        #expect(try changed(nil) { ($0.rotation, $0.overlap) = (.set("overlap"), .set("1h")) } == long)
        #expect(try changed(short) { ($0.rotation, $0.overlap) = (.remove, .remove) } == nil)
        #expect(try changed(short) { ($0.rotation, $0.overlap) = (.set("static"), .remove) } == .static)
        #expect(try changed(.static) { $0.overlap = .remove } == .static)
        for (stored, rotation, overlap) in [
            (nil, .unchanged, .set("1h")), (.static, .unchanged, .set("1h")), (short, .remove, .set("1h")),
            (short, .unchanged, .remove), (short, .unchanged, .set("0s")),
        ] as [(RotationClass?, Change<String>, Change<String>)] {
            let error = #expect(throws: PipelineError.self) {
                try changed(stored) { ($0.rotation, $0.overlap) = (rotation, overlap) }
            }
            #expect(error?.fields.first?.name == "settings.overlap")
        }
    }

    @Test(
        "a redirect URI is one that providers can compare and browsers can go to",
        arguments: [
            ("https://app.example/cb?x=%20", true), ("http://[::1]:3000/cb", true), ("http://127.0.0.1:3000/cb", true),
            ("http://localhost/cb", true), ("http://app.example/cb", false), ("https://app.example/c b", false),
            ("https://\u{e4}.example/cb", false), ("https://u:p@app.example/cb", false),
            ("https://u@app.example/", false),
            ("https://app.example:99999/cb", false), ("https://app.example/cb#f", false), ("app.example/cb", false),
            ("com.example.app:/cb", false), ("javascript:alert(1)", false), ("", false),
        ])
    func redirects(_ uri: String, _ isRight: Bool) {
        let fields = Self.fields(Self.definition([], .clientSecretPost)) { $0.redirectURIs = .set([uri]) }
        #expect(fields == (isRight ? [] : ["redirect_uris"]))
    }

    @Test func `no time at all is no lifetime`() {
        let fields = Self.fields(Self.definition([], .clientSecretPost)) {
            ($0.idleLifetime, $0.absoluteLifetime) = (.set(.zero), .set(.zero))
        }
        #expect(fields == ["settings.idle_lifetime", "settings.absolute_lifetime"])
    }

    @Test("an idle lifetime beyond the absolute one would never count, whichever of them is the definition's")
    func lifetimes() throws {
        let (short, long) = (Duration.seconds(86_400), Duration.seconds(90 * 86_400))
        let (idle, absolute) = ("settings.idle_lifetime", "settings.absolute_lifetime")
        #expect(
            try Self.refused((nil, nil)) { ($0.idleLifetime, $0.absoluteLifetime) = (.set(long), .set(short)) } == idle)
        #expect(try Self.refused((nil, 1)) { $0.idleLifetime = .set(long) } == idle)
        #expect(try Self.refused((90, nil)) { $0.absoluteLifetime = .set(short) } == absolute)
        #expect(try Self.refused((nil, nil), (nil, 1)) { $0.idleLifetime = .set(long) } == idle)
        #expect(try Self.refused((nil, nil), (90, nil)) { $0.absoluteLifetime = .set(short) } == absolute)
        #expect(try Self.refused((90, 100), (nil, 1)) { $0.absoluteLifetime = .remove } == absolute)

        #expect(try Self.refused((nil, 90)) { $0.idleLifetime = .set(long) } == nil, "as long as")
        #expect(try Self.refused((nil, 1), (nil, 1)) { $0.absoluteLifetime = .set(long) } == nil)
        #expect(try Self.refused((90, 1)) { $0.clientID = .set("a") } == nil, "what is stored stops no other change")
        #expect(
            try Self.refused((90, 1), (90, 1)) { ($0.idleLifetime, $0.absoluteLifetime) = (.remove, .remove) } == nil)
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
