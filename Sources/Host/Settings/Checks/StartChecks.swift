import ConnectorSDK
import RefreshProtocol

/// What only several settings together show. Each check says which of them to change.
enum StartChecks {
    static func run(_ settings: HostSettings, _ reader: inout SettingsReader) {
        checkListener(settings.listener, &reader)
        CallerChecks.run(settings, &reader)
        runKept(settings, &reader)
    }

    /// The part that settings of the store can break.
    static func runKept(_ settings: HostSettings, _ reader: inout SettingsReader) {
        checkAddresses(settings, &reader)
        checkWebhook(settings, &reader)
        checkTiming(settings.timing, &reader)
        checkKeyAge(settings, &reader)
    }

    private static func checkListener(_ listener: HostSettings.Listener, _ reader: inout SettingsReader) {
        // Of a mode whose files are missing, those are the problem.
        let hasTLSProblem = reader.problems.contains { $0.variable.contains("TLS_") }
        if !Format.isLoopback(listener.host), !listener.allowsPlaintext, listener.tls == .disabled, !hasTLSProblem {
            reader.report(
                "HOST", "`\(listener.host)` is reachable from outside while TLS_MODE is disabled",
                remedy:
                    "set HOST=127.0.0.1, TLS_MODE=enabled, or ALLOW_PLAINTEXT=true where a proxy in front does TLS")
        }
        if let metricsPort = listener.metricsPort, metricsPort == listener.port {
            reader.report("METRICS_PORT", "it is the same as PORT", remedy: "choose another, or 0 to have no metrics")
        }
    }

    private static func checkAddresses(_ settings: HostSettings, _ reader: inout SettingsReader) {
        let addresses = settings.addresses
        let named = [("PUBLIC_URL", [addresses.publicURL]), ("FRONTEND_URL", addresses.frontendURL.map { [$0] } ?? [])]
        for (name, urls) in named + [("RETURN_URLS", addresses.returnURLs)] {
            guard !settings.listener.allowsPlaintext, urls.contains(where: isPlainRemote) else { continue }
            // The default of PUBLIC_URL; if it is wrong, HOST is what is to be changed.
            if urls == [settings.listener.url] { continue }
            reader.report(
                name, "http to another machine shows codes and cookies to the network",
                remedy: "use https, or ALLOW_PLAINTEXT=true in a closed network")
        }
    }

    private static func isPlainRemote(_ url: String) -> Bool {
        guard url.lowercased().hasPrefix("http://") else { return false }
        let isLocal = (try? StrictURL(url, allowsLoopback: true)) != nil
        return !isLocal
    }

    /// The address is under the same rules as those of providers.
    private static func checkWebhook(_ settings: HostSettings, _ reader: inout SettingsReader) {
        guard let url = settings.webhook?.url.reveal(), !settings.egress.allowsPrivate,
            (try? StrictURL(url, allowsLoopback: false)) == nil
        else { return }
        reader.report(
            "WEBHOOK_URL", "it names this machine while EGRESS_ALLOW_PRIVATE is false",
            remedy: "give an https address elsewhere, or set EGRESS_ALLOW_PRIVATE=true for development")
    }

    /// What an answer is sealed with must be in memory until it is, also while the store is away (RELIABILITY F14): it may
    /// hold the only refresh token.
    private static func checkKeyAge(_ settings: HostSettings, _ reader: inout SettingsReader) {
        // A call ends with its lease at the latest (rows 7, 8), not with the time that it takes itself.
        let (age, needed) = (settings.storage.dataKeyCacheAge, settings.timing.lease)
        guard age < needed else { return }
        reader.report(
            "DEK_CACHE_AGE",
            "it must be at least LEASE_DURATION, which is \(needed.components.seconds)s, or an answer that comes late could "
                + "not be sealed",
            remedy: "give it more than that, or remove it to have 5m")
    }

    /// PROTOCOL.md §3.
    private static func checkTiming(_ timing: Timing, _ reader: inout SettingsReader) {
        for violation in timing.violations() {
            let words = violation.split { !($0.isUppercase || $0 == "_") }.map(String.init)
            let named = words.compactMap { word in Settings.timing.first { $0.setting.name == word } }
            let values = named.map { "\($0.setting.name)=\(timing[keyPath: $0.property].components.seconds)s" }
                .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            reader.report(
                named.first?.setting.name ?? "REFRESH_*",
                "it must hold that \(violation)" + (values.isEmpty ? "" : "; now \(values.joined(separator: ", "))"),
                remedy: "change one of these, or remove it to have the default")
        }
    }
}
