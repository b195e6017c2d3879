import ConnectorSDK
import Definitions
import Foundation

/// `token-manager connector new`: asks for what is missing, reads metadata, and writes one definition that lints clean.
package struct NewRun: Sendable {
    /// The definition's id.
    package var name: String
    /// Where it goes; made if it is not there.
    package var folder: String
    /// The issuer whose metadata is read.
    package var issuer: String?
    /// What the options say; they count more than metadata.
    package var options: ConnectorAnswers
    /// `EGRESS_ALLOW_PRIVATE`.
    package var allowsLoopback: Bool
    /// Asks a person; nil where there is none.
    package var ask: (@Sendable (_ prompt: String) -> String?)?
    package var fetch: DocumentFetch

    package init(
        name: String, folder: String, issuer: String? = nil, options: ConnectorAnswers = ConnectorAnswers(),
        allowsLoopback: Bool = false, ask: (@Sendable (_ prompt: String) -> String?)? = nil,
        fetch: @escaping DocumentFetch
    ) {
        self.name = name
        self.folder = folder
        self.issuer = issuer
        self.options = options
        self.allowsLoopback = allowsLoopback
        self.ask = ask
        self.fetch = fetch
    }

    /// Does it.
    ///
    /// - Returns: what to print, and the exit code: 0 written, 1 the file is there already, metadata cannot be used or the
    ///   definition would not lint, 2 wrong usage or an answer is missing, 3 the provider cannot be reached. Other than 0,
    ///   the text is for standard error.
    package func run() async -> (output: String, exitCode: Int32) {
        guard !name.isEmpty, Names.id(name) == name else {
            return ("`\(CommentText.line(name))` cannot be an id: lower-case letters, digits and hyphens, 1 to 64\n", 2)
        }
        let folder = DefinitionFolder(path: folder, replaces: false)
        // Before anybody is asked anything.
        if FileManager.default.fileExists(atPath: folder.path(of: name)) { return (isThere(folder), 1) }
        do {
            let discovered = try await discover()
            let known = discovered.map { options.completed(by: $0.answers) } ?? options
            let answers = try Interview(ask: ask, hasMetadata: discovered != nil).complete(known)
            let sketch = NewDefinition(id: name, options: options, answers: answers, discovered: discovered).sketch
            return try write(sketch, to: folder)
        } catch let failure as DiscoveryFailure {
            return ("\(failure.message)\n", failure.exitCode)
        } catch let refusal as Interview.Refusal {
            return ("\(refusal.message)\n", 2)
        } catch {
            return ("\(folder.path): cannot be written: \(error.localizedDescription)\n", 2)
        }
    }

    private func discover() async throws(DiscoveryFailure) -> MetadataTranslation? {
        guard let issuer else { return nil }
        let address = try MetadataAddress(issuer, allowsLoopback: allowsLoopback)
        let (metadata, source) = try await Discovery(address: address, fetch: fetch).find()
        return try MetadataTranslation(metadata, from: source, method: options.authentication)
    }

    private func write(_ sketch: Sketch, to folder: DefinitionFolder) throws -> (output: String, exitCode: Int32) {
        let definition = ImportedDefinition(id: name, text: SketchText(sketch: sketch).text(), notes: sketch.notes)
        switch try folder.add(definition) {
        case .written:
            let notes = definition.notes.map { "note: \($0)\n" }.joined()
            return ("\(folder.path(of: name)) written; lint --strict finds nothing wrong with it\n\(notes)", 0)
        case .exists: return (isThere(folder), 1)
        case .refused(let diagnostics):
            let findings = diagnostics.map { "\($0)\n" }.joined()
            return ("nothing was written, since it would not lint:\n\(findings)", 1)
        }
    }

    private func isThere(_ folder: DefinitionFolder) -> String {
        "\(folder.path(of: name)) is there already and was kept; take another name, or remove it\n"
    }
}

extension DiscoveryFailure {
    fileprivate var exitCode: Int32 {
        switch code {
        case .refused: 1
        case .wrongIssuer: 2
        case .unreachable: 3
        }
    }
}
