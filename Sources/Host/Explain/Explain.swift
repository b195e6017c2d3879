package import ConnectorSDK
import Definitions
import Foundation

/// `token-manager explain`: the effective requests of a definition, with the origin of every part (DESIGN.md §5). Reads
/// files, and calls nobody.
package struct Explain: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case text
        case json
    }

    private let connectors: [String: any Connector.Type]

    /// - Parameter connectors: the compiled connectors by id.
    package init(connectors: [String: any Connector.Type]) { self.connectors = connectors }

    /// Explains one definition.
    ///
    /// - Parameters:
    ///   - name: its id, or the path of its file.
    ///   - folder: where ids are looked for.
    ///   - operation: nil for all that it has.
    ///   - inputs: `name=value` each: inputs, captured values, `client_id`.
    /// - Returns: the text, and the exit code: 0 fine, 1 the definition is wrong or a request cannot be written, 2 wrong
    ///   usage; with 2 the text is for standard error.
    package func run(
        _ name: String, folder: String, operation: ExplainedOperation?, inputs: [String], format: Format
    ) -> (output: String, exitCode: Int32) {
        let isFile = name.hasSuffix(".yaml")
        let file = isFile ? name : (folder.hasSuffix("/") ? folder : "\(folder)/") + "\(name).yaml"
        guard FileManager.default.fileExists(atPath: file) else {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let ids = names.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
            let hint = isFile ? nil : Suggestion.hint(for: name, among: ids)
            return ("\(file): no such definition\(hint.map { "; \($0)" } ?? "")\n", 2)
        }
        let result = DefinitionLoader(connectors: Set(connectors.keys)).load(file: file)
        guard let loaded = result.definitions.values.first else {
            let errors = result.diagnostics.filter { $0.severity == .error }
            return (errors.map(\.description).joined(separator: "\n") + "\n", 1)
        }
        return explain(loaded, operation, inputs, format)
    }

    private func explain(
        _ loaded: LoadedDefinition, _ operation: ExplainedOperation?, _ inputs: [String], _ format: Format
    ) -> (output: String, exitCode: Int32) {
        do {
            let given = try GivenInputs(inputs, for: loaded.definition).values
            let explainer = try Explainer(loaded, connectors: connectors, inputs: given)
            let explanation = explainer.explain(operation)
            let isWhole = explanation.requests.allSatisfy { $0.problem == nil }
            let output = format == .json ? explanation.json : explanation.text
            return (output, isWhole ? 0 : 1)
        } catch let error as GivenInputs.Refusal {
            return ("\(error.message)\n", 2)
        } catch {
            return ("\(loaded.file): \(error)\n", 1)
        }
    }
}

/// The values of `--input`, checked as the host checks those of a connection.
struct GivenInputs {
    /// Why a value cannot be used. Holds the name only, never the value.
    struct Refusal: Error {
        let message: String
    }

    let values: [String: String]

    init(_ texts: [String], for definition: Definition) throws(Refusal) {
        var values: [String: String] = [:]
        let known = definition.inputs.map(\.name) + StandIns.captures(of: definition) + ["client_id"]
        for text in texts {
            let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { throw Refusal(message: "--input takes name=value") }
            let name = String(halves[0])
            guard known.contains(name) else {
                let hint = Suggestion.hint(for: name, among: known) ?? "known: \(known.joined(separator: ", "))"
                throw Refusal(message: "\(definition.id) has no input `\(name)`; \(hint)")
            }
            if let problem = definition.input(name)?.problem(with: String(halves[1])) {
                throw Refusal(message: "the value of \(name) cannot be used: \(problem)")
            }
            values[name] = String(halves[1])
        }
        self.values = values
    }
}
