import RefreshProtocol

/// A constant of PROTOCOL.md §3 with the setting that changes it; its default is that of `Timing`.
struct TimingSetting: Sendable {
    let setting: Setting<Duration>
    let property: any WritableKeyPath<Timing, Duration> & Sendable

    init(_ name: String, _ property: any WritableKeyPath<Timing, Duration> & Sendable, mayBeZero: Bool = false) {
        setting = Setting(name, default: Timing()[keyPath: property], mayBeZero ? Format.duration : Format.deadline)
        self.property = property
    }
}

extension Settings {
    static let timing: [TimingSetting] = [
        TimingSetting("REFRESH_SOFT_DEADLINE", \.soft),
        TimingSetting("REFRESH_HARD_DEADLINE", \.hard),
        TimingSetting("LEASE_DURATION", \.lease),
        TimingSetting("REFRESH_SEND_WINDOW", \.sendWindow),
        TimingSetting("REFRESH_COMMIT_BUDGET", \.commitBudget),
        TimingSetting("REFRESH_SETTLE", \.settle),
        TimingSetting("REFRESH_CLOCK_TOLERANCE", \.clockTolerance, mayBeZero: true),
        TimingSetting("REFRESH_CONFIRM_DELAY", \.confirmDelay),
        TimingSetting("REFRESH_OWNER_GRACE", \.ownerGrace),
        TimingSetting("REFRESH_FORCE_INTERVAL", \.forceInterval, mayBeZero: true),
        TimingSetting("REFRESH_HEARTBEAT", \.heartbeat),
    ]
}
