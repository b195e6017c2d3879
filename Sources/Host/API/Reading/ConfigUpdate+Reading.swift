import ConnectorSDK
import Definitions
import Pipeline

extension ConfigUpdate {
    private static let secretNames = ["client_secret", "client_private_key", "client_certificate"]

    /// The body of `PUT …/config`. Left out: unchanged; null: removed. The literal `set` is what reading shows for a
    /// secret, so that writing it back would destroy the secret: refused.
    static func read(_ fields: inout FieldReader) -> ConfigUpdate {
        var update = ConfigUpdate()
        update.clientID = fields.change("client_id", FieldValue.textRule()) { FieldValue.text($0) }
        for name in secretNames {
            let change = fields.change(name, FieldValue.secretRule + ", not the word set") { FieldValue.newSecret($0) }
            if case .unchanged = change { continue }
            update.secrets[name] = change
        }
        update.redirectURIs = fields.change("redirect_uris", FieldValue.textsRule, FieldValue.texts)
        update.scopes = fields.change("scopes", FieldValue.scopesRule, FieldValue.scopes)
        update.removesInputs = fields.isNull("inputs")
        fields.nested("inputs") { update.readInputs(&$0) }
        fields.nestedChanges("settings") { update.readSettings(&$0) }
        return update
    }

    private mutating func readInputs(_ fields: inout FieldReader) {
        for name in fields.members.keys.sorted() {
            inputs[name] = fields.change(name, "a text, not the word set") { FieldValue.newInput($0) }
        }
    }

    private mutating func readSettings(_ fields: inout FieldReader) {
        hosts = fields.change("hosts", FieldValue.textsRule, FieldValue.texts)
        rotation = fields.change("rotation", "a rotation class") { FieldValue.text($0) }
        overlap = fields.change("overlap", "a duration such as 5m, or until_used") {
            FieldValue.text($0).flatMap { $0 == "until_used" || Shapes.isDuration($0) ? $0 : nil }
        }
        idleLifetime = fields.change("idle_lifetime", Self.durationRule, Self.duration)
        absoluteLifetime = fields.change("absolute_lifetime", Self.durationRule, Self.duration)
        exchangeWithoutState = fields.change("exchange_without_state", "true or false") {
            if case .bool(let flag) = $0 { flag } else { nil }
        }
    }

    private static let durationRule = "a duration such as 90d, of at most 100 years"

    private static func duration(_ value: JSONValue) -> Duration? {
        FieldValue.text(value).flatMap { Shapes.isDuration($0) ? DurationText.read($0) : nil }
    }
}

extension FieldValue {
    /// A secret that is not the word which stands for one.
    fileprivate static func newSecret(_ value: JSONValue) -> Secret? { value == .string("set") ? nil : secret(value) }

    /// An organization input; which of them are secret is known to the definition only, so the word is refused for all.
    fileprivate static func newInput(_ value: JSONValue) -> String? { value == .string("set") ? nil : mapValue(value) }
}
