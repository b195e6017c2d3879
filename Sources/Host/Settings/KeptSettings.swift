package import ConnectorSDK
import Definitions

/// What the store keeps of the settings, judged beside the environment and the file, which come first
/// (docs/decisions/0021-app-configuration.md).
package struct KeptSettings: Sendable {
    private let source: SettingsSource
    /// What environment and file alone say; it can be started with.
    let base: HostSettings

    package init(source: SettingsSource, base: HostSettings) {
        self.source = source
        self.base = base
    }

    /// All settings that may be kept, in the order in which they are shown.
    package static let all: [KeptSetting] = Settings.kept

    /// The setting of that name, if it may be kept.
    package static func setting(_ name: String) -> KeptSetting? { all.first { $0.name == name } }

    /// The settings with what is kept.
    /// - Throws: everything that is wrong, at once.
    func load(_ kept: [String: Secret]) throws(SettingsError) -> HostSettings {
        var reader = source.reader(keeping: kept)
        let settings = base.keeping(&reader)
        guard reader.problems.isEmpty else { throw SettingsError(problems: reader.problems) }
        return settings
    }

    /// What is wrong with all that is kept, taken together with environment and file.
    package func problems(_ kept: [String: Secret]) -> [SettingsProblem] {
        do throws(SettingsError) {
            _ = try load(kept)
            return []
        } catch {
            return error.problems
        }
    }

    /// A setting with what counts of it.
    package struct Value: Sendable {
        package let setting: KeptSetting
        /// As it stands in its place, the default included; nil: it is not set.
        package let text: String?
        package let origin: SettingOrigin
    }

    /// All settings that may be kept, with what is kept.
    package func values(_ kept: [String: Secret]) -> [Value] {
        let reader = source.reader(keeping: kept)
        return Self.all.map {
            Value(setting: $0, text: reader.text(of: $0) ?? $0.standard, origin: reader.origin(of: $0.name))
        }
    }

    /// Settings that have a value before the store is asked.
    var hidden: Set<String> {
        let reader = source.reader()
        return Set(Self.all.map(\.name).filter { reader.origin(of: $0) != .standard })
    }

    /// Why a value cannot be kept under that name; nil: it can, for all that is known of this one alone.
    package func refusal(of value: Secret, for name: String) -> SettingsProblem? {
        guard let setting = Self.setting(name) else { return Self.unknown(name) }
        let origin = source.reader().origin(of: name)
        guard origin == .standard else {
            let place = origin == .file ? "file of --config" : "environment"
            return SettingsProblem(
                name, "the \(place) of this host sets it, which comes first",
                remedy: "change it there, or remove it there first")
        }
        return Self.wrong(value, for: setting)
    }

    /// Why nothing can be kept under that name; nil: it can.
    package static func unknown(_ name: String) -> SettingsProblem? {
        guard setting(name) == nil else { return nil }
        guard Settings.all.contains(where: { $0.name == name || $0.aliases.contains(name) }) else {
            let hint = Suggestion.hint(for: name, among: all.map(\.name)).map { "; \($0)" } ?? ""
            return SettingsProblem(name, "there is no such setting", remedy: "leave it out\(hint)")
        }
        return SettingsProblem(
            name, "it is not kept in the store",
            remedy: "set it in the environment or the file of --config, where only operators of this host can")
    }

    /// Looks at the text alone.
    static func wrong(_ value: Secret, for setting: KeptSetting) -> SettingsProblem? {
        do throws(WrongValue) {
            try setting.check(value.reveal())
            return nil
        } catch {
            return SettingsProblem(setting.name, error.message, remedy: error.remedy)
        }
    }
}

extension HostSettings {
    /// The same with the settings that may be kept in the store read anew.
    fileprivate func keeping(_ reader: inout SettingsReader) -> HostSettings {
        var settings = self
        settings.logging = Self.logging(&reader)
        settings.callers.rateLimit = reader.value(Settings.callerRateLimit)
        settings.addresses.frontendURL = reader.value(Settings.frontendURL)
        settings.addresses.returnURLs = reader.value(Settings.returnURLs)
        settings.webhook = Self.webhook(&reader)
        settings.timing = Self.timing(&reader)
        StartChecks.runKept(settings, &reader)
        return settings
    }
}
