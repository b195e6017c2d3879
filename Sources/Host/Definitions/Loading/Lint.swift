import Foundation

/// `token-manager lint`: loads definitions and prints what is wrong with them (DESIGN.md §5).
package struct Lint: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case text
        case json
        /// SARIF 2.1.0.
        case sarif
    }

    private let loader: DefinitionLoader
    private let examples: @Sendable (LoadedDefinition) -> [Diagnostic]

    /// - Parameters:
    ///   - connectors: ids of the compiled connectors that `connector` may name.
    ///   - examples: reads a definition's documented answers, and says where they give something else than it says.
    package init(
        connectors: Set<String>, examples: @escaping @Sendable (LoadedDefinition) -> [Diagnostic] = { _ in [] }
    ) {
        loader = DefinitionLoader(connectors: connectors)
        self.examples = examples
    }

    /// Checks files and folders.
    ///
    /// - Parameter strict: warnings count like errors.
    /// - Returns: what goes to standard output, and the exit code: 0 fine, 1 something is wrong, 2 no such path.
    package func run(paths: [String], strict: Bool, format: Format) -> (output: String, exitCode: Int32) {
        var diagnostics: [Diagnostic] = []
        var count = 0
        for path in paths {
            guard let isFolder = Self.isFolder(path) else { return ("\(path): no such file or folder\n", 2) }
            let result = isFolder ? loader.load(folder: path) : loader.load(file: path)
            diagnostics += result.diagnostics
            diagnostics += result.definitions.values.flatMap(examples)
            count += result.fileIDs.count
        }
        diagnostics = Array(Set(diagnostics)).sorted()
        let isWrong = diagnostics.contains { $0.severity == .error || (strict && $0.severity == .warning) }
        let output =
            switch format {
            case .text: Self.text(diagnostics, files: count)
            case .json: Self.json(diagnostics)
            case .sarif: Self.json(SARIFReport(diagnostics))
            }
        return (output, isWrong ? 1 : 0)
    }

    private static func isFolder(_ path: String) -> Bool? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
        return isFolder.boolValue
    }

    private static func text(_ diagnostics: [Diagnostic], files: Int) -> String {
        func count(_ severity: Diagnostic.Severity) -> Int { diagnostics.count { $0.severity == severity } }
        let lines = diagnostics.map(\.description)
        let summary = [
            plural(files, "definition"), plural(count(.error), "error"), plural(count(.warning), "warning"),
        ]
        return (lines + [summary.joined(separator: ", ")]).joined(separator: "\n") + "\n"
    }

    private static func plural(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

    private static func json(_ report: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Texts and integers always encode.
        let data = (try? encoder.encode(report)) ?? Data("[]".utf8)
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
