import Provider
import Settings

extension EgressPolicy {
    /// As the settings `EGRESS_*` say.
    init(_ settings: HostSettings.Egress) {
        self.init(allowPrivate: settings.allowsPrivate, proxy: settings.proxy, caFile: settings.caFile)
    }
}
