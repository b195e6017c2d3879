import API
import Audit
import Connectors
import Crypto
import Definitions
import Events
import Foundation
import Hummingbird
import Logging
import Pipeline
import Provider
import RefreshProtocol
import Secrets
import ServiceLifecycle
import Settings
import Spool
import StoreContract
import Telemetry

/// The composition root: settings -> store -> pipeline -> servers -> one service group.
struct HostAssembly {
    var settings: HostSettings
    let source: SettingsSource
    let logger: Logger
    let strict: Bool
    /// Changed definitions come into force whatever they change.
    let acceptsChanges: Bool

    /// Everything that runs, in the order of starting; it ends in the opposite order, the pipeline last of all.
    struct Running {
        var pipeline: TokenPipeline
        var store: any Store
        var services: [any Service]
    }

    /// What there is before anything listens.
    struct Opened {
        var pipeline: TokenPipeline
        var store: any Store
        var administration: Administration
        var live: LiveSettings
        var metrics: MetricsRegistry

        /// Waits for what is in flight and lets go of the store.
        func close() async {
            await pipeline.drain()
            try? await store.close()
        }
    }

    func assemble(_ signals: HostSignals) async throws -> Running {
        // Read before anything is opened: files that do not fit are a mistake in the settings.
        let tls = try listenerTLS()
        let door = AdminAccess(settings: settings, source: source)
        try lookFirst(door)
        let opened = try await open()
        try door.requireFreeDoor()
        let services = try await with(opened.live.atStart).services(opened, tls, signals)
        return Running(pipeline: opened.pipeline, store: opened.store, services: services)
    }

    /// Takes store and spool, and puts the pipeline on them: for a host, and for a command that works without one.
    func open() async throws -> Opened {
        let registry = try connectors()
        try await verifyKey()
        let (store, opened) = try await openStore()
        let isFresh = try await isFresh(store)
        let (keys, installation) = try await explainingKeys {
            let keys = try FileKeyProvider(path: settings.storage.keyFile, createIfMissing: isFresh)
            // Hosts of a shared store may share the folder, too, and start at once.
            keys.removeDrafts(olderThan: store.isExclusive ? .zero : .seconds(60))
            return (keys, try await Installation.open(store, keys))
        }
        let live = try await liveSettings(store, installation)
        return try await with(live.atStart).open(registry, store, keys, installation, live, opened)
    }

    private func open(
        _ registry: ConnectorRegistry, _ store: any Store, _ keys: FileKeyProvider, _ installation: Installation,
        _ live: LiveSettings, _ opened: SpoolFolder?
    ) async throws -> Opened {
        let spool = try opened ?? openSpool(now: store.now)
        let audit = try AuditChain.open(folder: spool.auditFolder, host: spool.host, now: store.now)
        let epochs = try await Epoch.settle(store, spool: spool, timing: settings.timing, logger: logger)
        let metrics = MetricsRegistry()
        let pipeline = TokenPipeline(
            PipelineParts(
                settings: pipelineSettings, appConfig: live, store: store,
                connectors: try ConnectorBook(registry: registry),
                keyRing: keyRing(keys, store), installation: installation.secret,
                provider: try ProviderClient(policy: EgressPolicy(settings.egress)), spool: spool, audit: audit,
                metrics: PipelineInstruments(in: metrics), logger: logger, epochs: epochs))
        Administration.removeDrafts(in: workFolder)
        return Opened(
            pipeline: pipeline, store: store,
            administration: Administration(pipeline, keys: keys, workFolder: workFolder), live: live, metrics: metrics)
    }

    private var workFolder: String {
        let folder = (settings.storage.placeOnDisk as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }

    private func listenerTLS() throws -> ListenerTLS? {
        do throws(APIConfigurationError) {
            guard let files = TLSFiles(settings.listener.tls) else { return nil }
            return try ListenerTLS(files, logger: logger)
        } catch {
            throw StartFailure(error.description, code: .wrongUsage)
        }
    }

    /// A key may be made only where nothing was sealed yet.
    private func isFresh(_ store: any Store) async throws -> Bool {
        try await store.read { try $0.setting(Installation.keyCheck) } == nil
    }

    private func connectors() throws -> ConnectorRegistry {
        let loader = DefinitionLoader(connectors: Set(try Catalog.byID().keys)) { bytes in
            SHA256.hash(data: bytes).map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }
                .joined()
        }
        let registry = ConnectorRegistry(loader: loader, folder: settings.connectors.folder)
        let snapshot = registry.snapshot
        // A parent's finding is its children's, too.
        var said: Set<Diagnostic> = []
        for diagnostic in snapshot.diagnostics where diagnostic.severity != .note && said.insert(diagnostic).inserted {
            logger.log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic)")
        }
        if strict, snapshot.diagnostics.contains(where: { $0.severity == .error }) {
            throw StartFailure("Definitions have errors, and --strict was given.", code: .checkFailed)
        }
        return registry
    }

    private func keyRing(_ keys: FileKeyProvider, _ store: any Store) -> KeyRing {
        var limits = KeyRing.Limits()
        limits.cacheAge = settings.storage.dataKeyCacheAge
        limits.callAllowance = settings.timing.lease
        return KeyRing(provider: keys, storage: StoreDataKeys(store), limits: limits, now: { store.now })
    }

    private var pipelineSettings: PipelineSettings {
        var pipeline = PipelineSettings(publicURL: settings.addresses.publicURL)
        pipeline.timing = settings.timing
        pipeline.acceptsChanges = acceptsChanges
        // A call takes as many files as a connection to the API: one.
        pipeline.callPlaces = min(
            pipeline.callPlaces, OpenFiles.connections.map { $0 * 4 / 5 } ?? pipeline.callPlaces)
        pipeline.frontendURL = settings.addresses.frontendURL
        pipeline.returnURLs = settings.addresses.returnURLs
        pipeline.allowsLoopback = settings.egress.allowsPrivate
        pipeline.eventSink = settings.webhook.map { _ in WebhookRelay.sink }
        return pipeline
    }

    private func services(
        _ opened: Opened, _ tls: ListenerTLS?, _ signals: HostSignals
    ) async throws -> [any Service] {
        let (logger, pipeline, metrics) = (logger, opened.pipeline, opened.metrics)
        let callerKeys = try settings.callers.keySetURL.map {
            try CallerKeyService($0, egress: settings.egress, logger: logger)
        }
        let api = try makeAPI(
            pipeline: pipeline, configuration: apiConfiguration, registry: metrics, logger: logger,
            tls: tls, keySet: callerKeys?.keys, rules: requestRules(opened.live), now: { .wallClock },
            onListening: { logger.info("listening", metadata: ["port": "\($0)"]) })
        var services = try await webhookRelay(opened.store, metrics) + [PipelineService(pipeline)]
        if let callerKeys { services.append(callerKeys) }
        services.append(NamedListener(setting: "PORT", port: settings.listener.port, listener: api))
        if let port = settings.listener.metricsPort {
            let server = makeMetricsServer(
                gauges: { await pipeline.gauges() }, configuration: apiConfiguration, registry: metrics,
                logger: logger, tls: TLSFiles(settings.listener.tls)?.isMutual == true ? tls : nil)
            services.append(NamedListener(setting: "METRICS_PORT", port: port, listener: server))
        }
        if let tls { services.append(TLSWatcher(tls: tls, hints: signals.certificates)) }
        services.append(
            DefinitionWatcher(
                pipeline, folder: FolderWatch(folder: settings.connectors.folder),
                hints: signals.definitions))
        let operations = AdminOperations(
            administration: opened.administration,
            database: AdminAccess.databaseName(settings.storage.placeOnDisk))
        services.append(
            AdminDoor(path: AdminAccess.doorPath(database: settings.storage.placeOnDisk), logger: logger) {
                await operations.perform($0, by: $1, emit: $2)
            })
        services.append(DrainService(pipeline))
        return services
    }

    var apiConfiguration: APIConfiguration {
        var api = APIConfiguration(build: .current)
        api.host = settings.listener.host
        api.port = settings.listener.port
        api.metricsPort = settings.listener.metricsPort ?? 0
        api.publicURL = settings.addresses.publicURL
        api.logHTTPRequests = settings.logging.logsHTTPRequests
        api.userSecret = settings.callers.userSecret
        api.serviceSecret = settings.callers.serviceSecret
        api.issuer = settings.callers.issuer
        api.audience = settings.callers.audience
        api.leeway = settings.callers.leeway
        api.callerRateLimit = settings.callers.rateLimit
        api.allowsDebugRequests = settings.logging.allowsDebugRequests
        api.requiresDebugRequests = settings.logging.requiresDebugRequests
        api.readBufferSize = settings.listener.readBufferSize
        api.writeBufferSize = settings.listener.writeBufferSize
        api.mostConnections = OpenFiles.connections
        return api
    }
}
