import Conformance
import ConnectorSDK
import Connectors
import Definitions
import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// Every shipped definition with the real host, while the simulated provider plays it (DESIGN.md §3, `examples`).
@Suite(.hosts(2)) struct LifeCycleTests {
    /// So many lives at once; each is mostly waiting for the provider to be told of its revocation.
    private static let workers = 24

    @Test("self-consistency: authorize, exchange, read, refresh and revoke of every definition of the catalog")
    func catalog() async throws {
        let shipped = TestFolders.repository.appendingPathComponent("connectors.d")
        let folder = try TestFolders.make("played-connectors").appendingPathComponent("connectors.d")
        try FileManager.default.copyItem(at: shipped, to: folder)
        // Half the cores' time would go into logging at `trace`.
        let environment = patientTiming.merging(["LOG_LEVEL": "info"]) { $1 }
        try await Scenario.run("life-cycle", environment: environment, connectors: folder) { scenario in
            let definitions = try Self.play(at: try await scenario.provider.issuer, in: folder)
            let child = try await scenario.host.start()
            let reports = try await Self.lives(of: definitions, scenario)
            print("self-consistency: \(reports.count) definitions\n" + reports.map(\.line).joined(separator: "\n"))
            let failed = reports.filter { !$0.isPassed }
            #expect(failed.isEmpty, "\(failed.map(\.line))")
            child.kill(SIGTERM)
            try await child.waitForEnd()
            #expect(child.exitCode == 0)
        }
    }

    @Test("the provider is strict: whatever differs from the definition it plays fails the step that shows it")
    func deviations() async throws {
        let folder = try TestFolders.make("deviating-connectors").appendingPathComponent("connectors.d")
        let shipped = TestFolders.repository.appendingPathComponent("connectors.d")
        try FileManager.default.copyItem(at: shipped, to: folder)
        let environment = patientTiming.merging(["LOG_LEVEL": "info"]) { $1 }
        try await Scenario.run("deviations", environment: environment, connectors: folder) { scenario in
            let definitions = try Self.play(at: try await scenario.provider.issuer, in: folder)
            let child = try await scenario.host.start()
            let keys = try PlayedKeys()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for deviation in Deviation.all {
                    let definition = try #require(definitions.first { $0.id == "played-\(deviation.definition)" })
                    group.addTask {
                        var role = definition
                        deviation.change(&role)
                        let report = try await Self.life(of: definition, against: role, scenario, keys)
                        guard case .failed(let text) = report[deviation.fails] else {
                            Issue.record("\(deviation.name) goes unnoticed: \(report.line)")
                            return
                        }
                        #expect(text.contains(deviation.says), "\(deviation.name): \(text)")
                    }
                }
                try await group.waitForAll()
            }
            child.kill(SIGTERM)
            try await child.waitForEnd()
        }
    }

    /// Puts the played definitions beside the shipped ones, and reads them back as the host does.
    private static func play(at provider: String, in folder: URL) throws -> [Definition] {
        let loader = DefinitionLoader(connectors: Set(try Catalog.byID().keys))
        let shipped = loader.load(folder: folder.path).definitions.values.map(\.definition)
        #expect(shipped.count >= 130)
        let played = shipped.map { PlayedDefinition(of: $0, at: provider) }
        for one in played {
            let file = folder.appendingPathComponent("\(one.id).yaml")
            try one.text.write(to: file, atomically: true, encoding: .utf8)
        }
        let result = loader.load(folder: folder.path)
        let errors = result.diagnostics.filter { $0.severity == .error }
        #expect(errors.isEmpty, "\(errors.map(\.description))")
        return played.compactMap { result.definitions[$0.id]?.definition }.sorted { $0.id < $1.id }
    }

    private static func lives(of definitions: [Definition], _ scenario: Scenario) async throws -> [LifeCycleReport] {
        let keys = try PlayedKeys()
        return try await withThrowingTaskGroup(of: LifeCycleReport.self) { group in
            var waiting = definitions[...]
            var reports: [LifeCycleReport] = []
            func add() {
                guard let definition = waiting.popFirst() else { return }
                group.addTask { try await life(of: definition, against: Compiled.role(of: definition), scenario, keys) }
            }
            for _ in 0..<workers { add() }
            for try await report in group {
                reports.append(report)
                add()
            }
            return reports.sorted { $0.definition < $1.definition }
        }
    }

    private static func life(
        of definition: Definition, against role: Definition?, _ scenario: Scenario, _ keys: PlayedKeys
    ) async throws -> LifeCycleReport {
        let provider = scenario.provider
        let life = try await LifeCycle(of: definition, against: role, at: provider, publicKey: keys.publicKey) { page in
            let answer = try await scenario.host.probe.send("GET", page)
            guard let location = answer.header("Location") else {
                throw Nonconformance("the consent page answers \(answer.status)")
            }
            return location
        }
        return await life.run(on: APIHost(scenario: scenario), material: keys.material)
    }
}
