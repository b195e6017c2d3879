package import Definitions

/// Turns entries in the layout of Nango's `providers.yaml` into definitions: values only, no file is touched.
package enum Importer {
    /// One verdict for each entry of a text, in its order.
    ///
    /// - Parameters:
    ///   - file: the name that diagnostics bear.
    ///   - only: names of entries; empty for all. A name that is not there brings no verdict.
    /// - Throws: what is wrong with the file as a whole.
    package static func run(_ text: String, file: String, only: Set<String> = []) throws(Diagnostic) -> [Verdict] {
        let entries = try EntryFile(text, file: file).entries
        var nodes: [String: YAMLNode] = [:]
        for entry in entries where nodes[entry.name] == nil { nodes[entry.name] = try? entry.result.get() }
        let aliases = Aliases(nodes)
        var seen: [String: String] = [:]
        return entries.compactMap { entry in
            let twin = seen.updateValue(entry.name, forKey: Names.id(entry.name))
            guard only.isEmpty || only.contains(entry.name) else { return nil }
            return Verdict(name: entry.name, result: result(entry, twin: twin, aliases))
        }
    }

    private static func result(
        _ entry: (name: String, result: Result<YAMLNode, Diagnostic>), twin: String?, _ aliases: Aliases
    ) -> Result<ImportedDefinition, Obstacle> {
        if let twin { return .failure(.broken("`\(twin)` has the same id, \(Names.id(entry.name))")) }
        if case .failure(let diagnostic) = entry.result { return .failure(.broken("\(diagnostic)")) }
        do {
            let sketch = try Translation.sketch(try aliases.resolve(entry.name))
            return .success(
                ImportedDefinition(id: sketch.id, text: SketchText(sketch: sketch).text(), notes: sketch.notes))
        } catch {
            return .failure(error)
        }
    }
}
