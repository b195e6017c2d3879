/// `TLS_MODE` and the files that it needs.
enum TLSChecks {
    /// The mode with its files; what is missing is noted, and what has no effect is warned of.
    static func read(_ reader: inout SettingsReader) -> HostSettings.TLS {
        let mode = reader.value(Settings.tlsMode)
        let plain = files([Settings.tlsCertificate, Settings.tlsKey], of: .enabled, in: mode, &reader)
        let mutual = files(
            [
                Settings.mutualCertificate, Settings.mutualKey, Settings.clientAuthorities, Settings.clientCallers,
            ], of: .mtls, in: mode, &reader)
        if let plain { return .enabled(certificate: plain[0], key: plain[1]) }
        if let mutual {
            return .mutual(certificate: mutual[0], key: mutual[1], authorities: mutual[2], callers: mutual[3])
        }
        return .disabled
    }

    /// Nil unless it is that mode and all are there.
    private static func files(
        _ settings: [Setting<String?>], of wanted: TLSMode, in mode: TLSMode, _ reader: inout SettingsReader
    ) -> [String]? {
        var found: [String] = []
        for setting in settings {
            let known = reader.problems.count
            let path = reader.value(setting)
            if let path { found.append(path) }
            if mode == wanted, path == nil, reader.problems.count == known {
                reader.report(
                    setting.name, "it is not set, and TLS_MODE=\(mode.rawValue) needs it",
                    remedy: "give the path of a file, or set TLS_MODE=disabled")
            }
            if mode != wanted, path != nil {
                reader.warn("\(setting.name) has no effect while TLS_MODE is \(mode.rawValue)")
            }
        }
        return mode == wanted && found.count == settings.count ? found : nil
    }
}
