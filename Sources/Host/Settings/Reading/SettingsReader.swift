import Configuration
import ConnectorSDK
import Definitions

/// Reads typed settings, environment before file before what the store keeps, and collects what is wrong on the way.
struct SettingsReader {
    /// Internal for the test that their descriptions show no secret.
    let providers: [any ConfigProvider]
    private let config: ConfigReader
    private let environment: [String: String]
    private let file: SettingsFile
    private let kept: [String: Secret]
    private(set) var problems: [SettingsProblem]
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - environment: variables with an empty value count as not set.
    ///   - kept: by the names of the environment.
    init(environment: [String: String], file: SettingsFile, kept: [String: Secret] = [:]) {
        self.environment = environment.filter { !$0.value.isEmpty }
        self.file = file
        self.kept = kept
        problems = file.problems
        providers = Self.providers(environment: self.environment, file: file) + [Self.provider(of: kept)]
        config = ConfigReader(providers: providers)
    }

    /// The setting's value; where its text is wrong the default, and a problem is noted.
    mutating func value<Value>(_ setting: Setting<Value>) -> Value {
        guard let found = found(setting) else { return setting.standard }
        do {
            return try setting.read(found.text)
        } catch {
            problems.append(
                SettingsProblem(found.name, error.message, remedy: error.remedy, at: position(of: found.name)))
            return setting.standard
        }
    }

    /// Refuses a setting whose feature is missing, or notes it.
    mutating func value(_ setting: AbsentSetting) {
        guard let text = found(setting)?.text, text != setting.standard else { return }
        guard let remedy = setting.remedy else {
            warnings.append("\(setting.name) has no effect: \(setting.feature) is not in this build")
            return
        }
        let message = "\(setting.feature) is not in this build"
        problems.append(SettingsProblem(setting.name, message, remedy: remedy, at: position(of: setting.name)))
    }

    /// Notes what only several settings together show.
    mutating func report(_ variable: String, _ message: String, remedy: String) {
        problems.append(SettingsProblem(variable, message, remedy: remedy, at: position(of: variable)))
    }

    mutating func warn(_ text: String) { warnings.append(text) }

    /// Where a setting's value comes from.
    func origin(of name: String) -> SettingOrigin {
        if environment[name] != nil { return .environment }
        if file.entries[name.lowercased()] != nil { return .file }
        return kept[name] == nil ? .standard : .appConfig
    }

    /// A setting's text as it stands there; nil: the default counts.
    func text(of setting: KeptSetting) -> String? {
        config.string(forKey: Self.key(setting.name), isSecret: setting.isSecret)
    }

    private mutating func found(_ setting: some NamedSetting) -> (name: String, text: String)? {
        let named = ([setting.name] + setting.aliases).compactMap { name in
            config.string(forKey: Self.key(name), isSecret: setting.isSecret).map { (name: name, text: $0) }
        }
        if let other = named.first(where: { $0.text != named.first?.text }) {
            problems.append(
                SettingsProblem(
                    other.name, "it differs from \(named[0].name), which means the same",
                    remedy: "remove one of the two",
                    at: position(of: other.name)))
        }
        return named.first
    }

    /// Nil when the environment gives the value.
    private func position(of name: String) -> SourcePosition? {
        environment[name] == nil ? file.entries[name.lowercased()]?.position : nil
    }

    private static func key(_ name: String) -> ConfigKey { ConfigKey([name.lowercased()]) }

    private static func providers(environment: [String: String], file: SettingsFile) -> [any ConfigProvider] {
        let secrets = Set(Settings.all.filter(\.isSecret).map(\.name))
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, entry) in file.entries {
            values[AbsoluteConfigKey([name])] = ConfigValue(
                .string(entry.text), isSecret: secrets.contains(name.uppercased()))
        }
        return [
            EnvironmentVariablesProvider(environmentVariables: environment, secretsSpecifier: .specific(secrets)),
            InMemoryProvider(name: "settings file", values: values),
        ]
    }

    private static func provider(of kept: [String: Secret]) -> any ConfigProvider {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, text) in kept {
            values[AbsoluteConfigKey([name.lowercased()])] = ConfigValue(.string(text.reveal()), isSecret: true)
        }
        return InMemoryProvider(name: "app configuration", values: values)
    }
}
