import ConnectorSDK

/// How often each fault strikes: probabilities per occasion, or numbers of events in an episode. Zero: never.
struct Faults {
    // Hosts: events in an episode, and probabilities at every boundary between two actions of an owner.
    var crashes = 0, powerCuts = 0, freezes = 0, longFreezes = 0, diskLosses = 0
    var boundaryCrash = 0.0, boundaryFreeze = 0.0, boundaryLongFreeze = 0.0, wireFreeze = 0.0
    /// How long every freeze lasts, in milliseconds; nil: by kind, in leases.
    var freezeRange: ClosedRange<Int64>?
    // Store.
    var acknowledgementLost = 0.0, storeFails = 0.0, slowStore = 0.0
    var outages = 0, longOutages = 0, clockSteps = 0, restores = 0
    // Disk and network of a host.
    var withholds = 0.0, journalFails = 0.0, spoolFails = 0.0, connectFails = 0.0, slowConnect = 0.0
    // Provider, per call.
    var slowProvider = 0.0, lost = 0.0, truncated = 0.0, serverError = 0.0, gatewayTimeout = 0.0
    var tooMany = 0.0, busy = 0.0
    var lagging = false, killsOldTokens = false, replacesSiblings = false, worksWhileOpen = false
    var clientFaults = 0, withdrawals = 0
    // Commands: numbers of events in an episode.
    var revokes = 0, reconnects = 0, disables = 0, duplicateImports = 0, classChanges = 0
    var renewals = 0, handOvers = 0
    var forces = 0, reads = 2
}

/// One kind of episode: everything that is drawn before it begins.
struct Profile {
    enum Mode: String, CaseIterable { case sqlite, shared }

    var mode = Mode.sqlite
    var hosts = 1
    var lines = 1
    var rotation = RotationClass.singleUseFamily
    /// Constants in which silence outlasts the lease, instead of the defaults.
    var tight = false
    var faults = Faults()
    /// How long faults and commands go on, in seconds of virtual time.
    var seconds = 480
    /// Lifetime of an access token in seconds.
    var lifetime = 300
    /// Whether the first line begins with an import instead of an exchange.
    var imports = false
    /// What happens to a line that is disabled when the faults end.
    var enablesAtEnd = true

    static let classes: [RotationClass] = [
        .static, .overlap(.untilUsed), .overlap(.window(.seconds(240), afterWindow: .refuse)),
        .overlap(.window(.seconds(240), afterWindow: .revoke)), .singleUse, .singleUseFamily,
    ]

    /// The row of the summary it belongs to.
    var name: String { "\(mode.rawValue) \(rotation.label)" }
}

extension RotationClass {
    /// Class and rule after the window, short.
    var label: String {
        switch self {
        case .overlap(.untilUsed): "overlap until_used"
        case .overlap(.window(_, afterWindow: let after)): "overlap window, \(after.rawValue)"
        default: name
        }
    }
}
