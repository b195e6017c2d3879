import ConnectorSDK
import Pipeline

extension AppConfigUpdate {
    /// No more than a double holds exactly.
    static let highestVersion: Int64 = 1 << 53
    /// The longest value, in characters.
    static let longestValue = FieldReader.longestText

    /// The body of `PUT …/app-config`. Which settings there are is known further in; the word `set` is what reading shows
    /// for a secret, so that writing it back would destroy the secret: refused for all.
    static func read(_ fields: inout FieldReader) -> AppConfigUpdate {
        let isMissing = (fields.value("version") ?? .null) == .null
        if isMissing { fields.refuse("version", "missing") }
        let version = fields.integer("version", in: 0...highestVersion) ?? 0
        var settings: [String: Change<Secret>] = [:]
        fields.nested("settings") { inner in
            for name in inner.members.keys.sorted() {
                guard Shapes.isSetting(name) else {
                    _ = inner.value(name)
                    inner.refuse(name, "must be a setting's name: " + Shapes.settingRule)
                    continue
                }
                settings[name] = inner.change(name, FieldValue.textRule(longestValue) + ", not the word set") {
                    $0 == .string("set") ? nil : FieldValue.text($0, longest: longestValue).map { Secret($0) }
                }
            }
        }
        return AppConfigUpdate(version: version, settings: settings)
    }
}
