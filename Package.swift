// swift-tools-version: 6.2
import PackageDescription

/// One strict list for every target: Swift 6 mode, no implicit existential, every import said where it is used.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Fewer pages of the program in memory, an eighth at idle: relocations in the short form (glibc 2.36), and no table of symbols
/// for libraries that are loaded later, of which there are none.
let small = LinkerSetting.unsafeFlags(
    ["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic"],
    .when(platforms: [.linux], configuration: .release))

// Products of other packages, named once.
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let httpServer = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let swiftASN1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")

/// A target of the host: one leaf folder of `Sources/Host`, so that the compiler keeps the one-way dependency rule.
func host(_ name: String, at folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Host/\(folder)", swiftSettings: strict)
}

/// A target outside the host: a folder of `Sources` that bears its name.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A folder of `Tests`, mirroring the folder of `Sources` of that name.
func tests(_ name: String, at folder: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(folder)", exclude: exclude, swiftSettings: strict)
}

/// What several tests share.
func testLibrary(_ name: String, at folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/\(folder)", swiftSettings: strict)
}

let package = Package(
    name: "token-manager",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "token-manager", targets: ["TokenManager"]),
        .library(name: "ConnectorSDK", targets: ["ConnectorSDK"]),
        .library(name: "Conformance", targets: ["Conformance"]),
    ],
    traits: [
        .trait(name: "Postgres", description: "The store on PostgreSQL."),
        .trait(name: "Kafka", description: "The Kafka event sink (no code yet)."),
        .trait(name: "Redis", description: "The Redis cache (no code yet)."),
        .trait(name: "Etcd", description: "The etcd configuration store (no code yet)."),
        .trait(name: "FaultPoints", description: "Named crash points for the kill -9 tests; never in a release."),
        .default(enabledTraits: ["Postgres", "Kafka", "Redis", "Etcd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates.git", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-configuration.git", exact: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", exact: "1.37.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", exact: "5.7.1"),
    ],
    targets: [
        library("ConnectorSDK"),
        library("Locks"),
        .target(
            name: "Connectors", dependencies: ["ConnectorSDK"],
            exclude: ["README.md", "GoogleWorkspace/README.md", "Slack/README.md"],
            swiftSettings: strict),
        library(
            "ProviderSimulator",
            ["Locks", hummingbird, httpTypes, nioCore, crypto, cryptoExtras, logging, serviceLifecycle]),
        library("Conformance", ["ConnectorSDK", "ProviderSimulator"]),

        .systemLibrary(name: "CCurl", path: "Sources/Host/System/CCurl"),
        .systemLibrary(name: "CPQ", path: "Sources/Host/System/CPQ"),
        .systemLibrary(name: "CYAML", path: "Sources/Host/System/CYAML"),
        .target(name: "CLinux", path: "Sources/Host/System/CLinux"),
        host("FaultPoints", at: "System/FaultPoints", ["Locks"]),
        host("Threads", at: "System/Threads", ["Locks"]),

        host("Model", at: "Model", ["ConnectorSDK"]),
        host("Settings", at: "Settings", ["ConnectorSDK", "Definitions", "RefreshProtocol", configuration]),
        host("RefreshProtocol", at: "Protocol", ["Model", "ConnectorSDK"]),
        host("Definitions", at: "Definitions", ["ConnectorSDK", "CYAML", "Locks"]),
        host("DefinitionImport", at: "Import", ["ConnectorSDK", "Definitions"]),
        host("Explain", at: "Explain", ["ConnectorSDK", "Connectors", "Definitions"]),
        host("Secrets", at: "Secrets", ["Model", "ConnectorSDK", "Locks", crypto, cryptoExtras]),
        host("Provider", at: "Provider", ["CCurl", "CLinux", "Locks"]),
        host("StoreContract", at: "Stores/Contract", ["Locks", "Model", "RefreshProtocol"]),
        host("StoreRows", at: "Stores/Rows", ["ConnectorSDK", "Model", "RefreshProtocol", "StoreContract"]),
        host(
            "SQLiteStore", at: "Stores/SQLite",
            [
                "StoreContract", "StoreRows", "Model", "RefreshProtocol", "ConnectorSDK", "CLinux", "Locks", "Threads",
                grdb, sqlite,
            ]),
        host(
            "PostgresStore", at: "Stores/Postgres",
            ["CLinux", "CPQ", "Locks", "Model", "RefreshProtocol", "StoreContract", "StoreRows"]),
        host("Spool", at: "Spool", ["Model", "ConnectorSDK", "Locks", "Secrets", "CLinux", "Threads"]),
        host("Audit", at: "Audit", ["Model", "CLinux", "Locks", crypto]),
        host("Telemetry", at: "Telemetry", ["Locks"]),
        host(
            "Events", at: "Events",
            [
                "ConnectorSDK", "Locks", "Model", "Provider", "StoreContract", "Telemetry", crypto, logging,
                serviceLifecycle,
            ]),
        host(
            "Pipeline", at: "Pipeline",
            [
                "Audit", "CLinux", "ConnectorSDK", "Connectors", "Definitions", "FaultPoints", "Locks", "Model",
                "Provider", "RefreshProtocol", "Secrets", "Spool", "StoreContract", "Telemetry", "Threads", logging,
                serviceLifecycle,
            ]),
        host(
            "API", at: "API",
            [
                "ConnectorSDK", "Definitions", "Locks", "Model", "Pipeline", "Secrets", "Telemetry", crypto, httpServer,
                httpTypes, hummingbird, logging, nioCore, nioHTTP1, nioHTTPTypes, nioSSL, nioTLS, swiftASN1, x509,
            ]),
        .executableTarget(
            name: "TokenManager",
            dependencies: [
                "API", "Audit", "CLinux", "ConnectorSDK", "Connectors", "DefinitionImport", "Definitions", "Events",
                "Explain", "Locks", "Model", "Pipeline", "Provider",
                "ProviderSimulator", "RefreshProtocol", "SQLiteStore", "Secrets", "Settings", "Spool", "StoreContract",
                "Telemetry", "Threads", argumentParser, crypto, hummingbird, logging, serviceLifecycle,
                unixSignals, .target(name: "PostgresStore", condition: .when(traits: ["Postgres"])),
            ],
            path: "Sources/Host/Host", swiftSettings: strict, linkerSettings: [small]),

        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CYAML", "ConnectorSDK", "Connectors", "Definitions", "Model", "RefreshProtocol", "SQLiteStore",
                "StoreContract", grdb, httpTypes, hummingbird,
            ],
            path: "Benchmarks", exclude: ["driver"], swiftSettings: strict),

        testLibrary(
            "TestSupport", at: "Support",
            ["PostgresServer", "ProviderSimulator", asyncHTTPClient, crypto, logging, nioCore, nioHTTP1]),
        testLibrary(
            "StoreConformance", at: "StoreConformance",
            ["ConnectorSDK", "Model", "RefreshProtocol", "StoreContract", crypto]),
        testLibrary("PostgresServer", at: "PostgresServer", []),
        testLibrary("DefinitionSamples", at: "DefinitionSamples", ["ConnectorSDK", "Definitions"]),
        tests("ConnectorSDKTests", at: "ConnectorSDK", ["ConnectorSDK", "DefinitionSamples"]),
        tests("ConnectorsTests", at: "Connectors", ["ConnectorSDK", "Connectors"]),
        tests(
            "ProviderSimulatorTests", at: "ProviderSimulator", ["ProviderSimulator", crypto, cryptoExtras, httpTypes]),
        tests(
            "ExplainTests", at: "Explain",
            ["ConnectorSDK", "Connectors", "DefinitionImport", "DefinitionSamples", "Definitions", "Explain"]),
        tests(
            "DefinitionImportTests", at: "Import",
            ["ConnectorSDK", "Connectors", "DefinitionImport", "DefinitionSamples", "Definitions"],
            exclude: ["entries.yaml"]),
        tests("DefinitionsTests", at: "Definitions", ["ConnectorSDK", "Definitions"], exclude: ["wrong"]),
        tests("SecretsTests", at: "Secrets", ["ConnectorSDK", "Model", "Secrets", crypto, cryptoExtras]),
        tests("SpoolTests", at: "Spool", ["CLinux", "ConnectorSDK", "Model", "Secrets", "Spool"]),
        tests("AuditTests", at: "Audit", ["Audit", "CLinux", "Model", crypto]),
        tests("ProviderTests", at: "Provider", ["CCurl", "CLinux", "Provider"]),
        tests(
            "PipelineTests", at: "Pipeline",
            [
                "ConnectorSDK", "Model", "Pipeline", "RefreshProtocol", "SQLiteStore", "Secrets", "Spool",
                "StoreContract", logging,
            ]),
        tests(
            "SQLiteStoreTests", at: "SQLiteStore",
            [
                "CLinux", "ConnectorSDK", "Model", "RefreshProtocol", "SQLiteStore", "StoreConformance",
                "StoreContract", "StoreRows", grdb, sqlite,
            ]),
        tests(
            "PostgresStoreTests", at: "PostgresStore",
            [
                "ConnectorSDK", "Locks", "Model", "PostgresServer", "PostgresStore", "StoreConformance",
                "StoreContract", "StoreRows",
            ]),
        tests(
            "EventsTests", at: "Events",
            [
                "ConnectorSDK", "Events", "Model", "Provider", "SQLiteStore", "StoreContract", "Telemetry", logging,
            ]),
        tests("ProtocolTests", at: "Protocol", ["ConnectorSDK", "Model", "RefreshProtocol"]),
        tests("SimulationTests", at: "Simulation", ["ConnectorSDK", "Model", "RefreshProtocol"]),
        tests("SettingsTests", at: "Settings", ["ConnectorSDK", "Definitions", "RefreshProtocol", "Settings"]),
        tests(
            "TokenManagerTests", at: "Host",
            [
                "API", "ConnectorSDK", "Model", "Pipeline", "SQLiteStore", "Secrets", "Settings", "StoreContract",
                "TokenManager",
                logging,
            ]),
        tests(
            "ConformanceTests", at: "Conformance",
            ["Conformance", "ConnectorSDK", "Connectors", "Definitions", "ProviderSimulator"]),
        tests(
            "ScenarioTests", at: "Scenarios",
            [
                "Conformance", "ConnectorSDK", "Connectors", "Definitions", "Model", "Pipeline", "PostgresServer",
                "ProviderSimulator",
                "TestSupport", "TokenManager", crypto, cryptoExtras, grdb,
            ]),
        tests(
            "SecurityTests", at: "Security",
            [
                "ConnectorSDK", "Connectors", "DefinitionImport", "DefinitionSamples", "Definitions",
                "ProviderSimulator", "TestSupport", "TokenManager",
            ]),
        tests("TelemetryTests", at: "Telemetry", ["Telemetry"]),
        tests("ThreadsTests", at: "Threads", ["Threads"]),
        tests(
            "APITests", at: "API",
            [
                "API", "ConnectorSDK", "Definitions", "Model", "Pipeline", "Secrets", "Telemetry", "TestSupport",
                crypto, cryptoExtras, httpServer, httpTypes, hummingbird, jwtKit, logging, nioCore, nioEmbedded,
                nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix, nioSSL, swiftASN1, x509,
            ]),
    ]
)
