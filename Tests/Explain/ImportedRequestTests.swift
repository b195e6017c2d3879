import ConnectorSDK
import Connectors
import DefinitionImport
import DefinitionSamples
import Definitions
import Explain
import Foundation
import Testing

/// `explain` of what `connector import` writes.
@Suite("Every imported definition") struct ImportedRequestTests {
    @Test("explains a well-formed exchange and refresh with its example inputs") func exchangeAndRefresh() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "imported-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(ImportRun(file: ProviderSet.atHand().file, folder: folder).run().exitCode == 0)
        let types = try Catalog.byID()
        let imported = DefinitionLoader(connectors: Set(types.keys)).load(folder: folder).definitions
        try #require(!imported.isEmpty)
        for (id, loaded) in imported.sorted(by: { $0.key < $1.key }) {
            let inputs = loaded.definition.inputs.filter { !$0.secret }
                .compactMap { input in input.example.map { "\(input.name)=\($0)" } }
            for operation in [ExplainedOperation.exchange, .refresh] {
                let (output, exitCode) = Explain(connectors: types)
                    .run(id, folder: folder, operation: operation, inputs: inputs, format: .text)
                #expect(exitCode == 0 && output.contains("https://"), "\(id) \(operation) \(inputs):\n\(output)")
            }
        }
    }
}
