package import Audit
import Definitions
import Locks
package import Logging
import Model
package import Provider
import RefreshProtocol
package import Secrets
package import Spool
package import StoreContract
package import Telemetry

/// The only door: every credential, config, exchange, refresh and revoke call is a method of this type (DESIGN.md §2).
/// Commands on one connection run one at a time; different connections run in parallel.
package final class TokenPipeline: Sendable {
    let parts: PipelineParts
    let inFlight = InFlight()
    let cache = TokenCache()
    let loads = JoinedReads<LineID, ConnectionSnapshot>()
    let stampReads: StampReads
    let gates: ClientGates
    let places: CallPlaces
    let eventReads: EventReads
    let sharedReads: SharedReads
    let deletions = RunningDeletions()
    let knownHosts = KnownHosts()
    private let phase = Locked(Phase.starting)

    /// A pipeline over its parts; `start()` comes next.
    package init(_ parts: PipelineParts) {
        self.parts = parts
        stampReads = StampReads { try await parts.store.stamps(of: $0) }
        gates = ClientGates(windows: SharedWindows(parts), clock: { parts.store.now })
        places = CallPlaces(parts.settings.callPlaces)
        eventReads = EventReads(parts.store, parts.installation)
        sharedReads = SharedReads(parts)
        parts.epochs.whenDoubted { [weak self] in self?.lookSoon() }
    }

    /// Where the host is in its life.
    enum Phase: Sendable {
        case starting
        case ready
        case draining
    }

    /// Whether `/ready` answers 200.
    package var isReady: Bool { phase.withLock { $0 == .ready } }

    /// Draining is the last: a host may be told to stop before it is done with recovery. Whoever waits for events looks up:
    /// streams end when the host drains.
    func enter(_ next: Phase) {
        phase.withLock { if $0 != .draining { $0 = next } }
        parts.store.eventBell.ring()
    }

    /// Nothing new is begun.
    package var isDraining: Bool { phase.withLock { $0 == .draining } }

    /// Lets a command in that may present something: waits while the host still recovers, since row 26 comes before every
    /// claim, and refuses while it drains (RELIABILITY.md F30).
    func requireServing() async throws {
        let began = HostClock.now
        while phase.withLock({ $0 == .starting }), HostClock.now - began < parts.settings.timing.soft {
            try await Task.sleep(for: .milliseconds(10))
        }
        switch phase.withLock({ $0 }) {
        case .ready: return
        case .starting:
            throw PipelineError(
                .storeUnavailable, "This host is starting and not done with recovery; ask again.",
                retryAfter: .seconds(2))
        case .draining: throw Self.draining
        }
    }

    static let draining = PipelineError(.draining, "This host is shutting down; ask again.", retryAfter: .seconds(2))
}

/// What the pipeline is made of, put together by the composition root.
package struct PipelineParts: Sendable {
    package let settings: PipelineSettings
    package let appConfig: any AppConfigRules
    package let store: any Store
    package let connectors: ConnectorBook
    package let keyRing: KeyRing
    package let installation: InstallationSecret
    package let provider: ProviderClient
    package let spool: SpoolFolder
    package let audit: AuditChain
    package let metrics: PipelineInstruments
    package let logger: Logger
    /// The store's epoch as this host knows it (PROTOCOL.md §2, §9).
    package let epochs: EpochKeeper

    package init(
        settings: PipelineSettings, appConfig: any AppConfigRules, store: any Store, connectors: ConnectorBook,
        keyRing: KeyRing, installation: InstallationSecret, provider: ProviderClient, spool: SpoolFolder,
        audit: AuditChain,
        metrics: PipelineInstruments, logger: Logger, epochs: EpochKeeper
    ) {
        self.settings = settings
        self.appConfig = appConfig
        self.store = store
        self.connectors = connectors
        self.keyRing = keyRing
        self.installation = installation
        self.provider = provider
        self.spool = spool
        self.audit = audit
        self.metrics = metrics
        self.logger = logger
        self.epochs = epochs
    }

    /// The epoch of now.
    package var epoch: Int64 { epochs.current }
    var sealer: Sealer { Sealer(keyRing) }
    var journal: Journal { spool.journal }
    var host: HostID { spool.host }
}
