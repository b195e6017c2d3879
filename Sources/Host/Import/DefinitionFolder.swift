import Definitions
import Foundation

/// The folder that definitions are written to, each file whole or not at all.
struct DefinitionFolder {
    let path: String
    let replaces: Bool

    /// What came of one definition.
    enum Placing {
        case written
        /// A file of that name is there and was kept.
        case exists
        /// What the strict linter says against it.
        case refused([Diagnostic])
    }

    /// The file of a definition.
    func path(of id: String) -> String { path.hasSuffix("/") ? "\(path)\(id).yaml" : "\(path)/\(id).yaml" }

    /// Writes a definition that is new and has neither errors nor warnings.
    func add(_ definition: ImportedDefinition) throws -> Placing {
        try withScratch { scratch in
            let draft = try Self.draft(definition, in: scratch)
            let target = path(of: definition.id)
            let findings = DefinitionLoader(connectors: ["oauth2"]).load(file: draft).diagnostics
                .filter { $0.severity != .note }
            if findings.isEmpty { return try Self.place(draft, at: target) ? .written : .exists }
            return .refused(
                findings.map { finding in
                    var finding = finding
                    finding.file = target
                    return finding
                })
        }
    }

    /// Writes what was translated, if the decoder takes it.
    func write(_ verdicts: [Verdict]) throws -> [Verdict] {
        try withScratch { scratch in
            try verdicts.map { verdict in
                guard case .success(let definition) = verdict.result else { return verdict }
                var verdict = verdict
                if let obstacle = try write(definition, scratch) { verdict.result = .failure(obstacle) }
                return verdict
            }
        }
    }

    private func write(_ definition: ImportedDefinition, _ scratch: String) throws -> Obstacle? {
        let draft = try Self.draft(definition, in: scratch)
        let target = path(of: definition.id)
        if let obstacle = Self.judge(draft) { return obstacle }
        if try Self.place(draft, at: target) { return nil }
        let bytes = Data(definition.text.utf8)
        if FileManager.default.contents(atPath: target) == bytes { return nil }
        if !replaces { return .exists(target) }
        try bytes.write(to: URL(filePath: target), options: .atomic)
        return nil
    }

    private func withScratch<Result>(_ body: (String) throws -> Result) throws -> Result {
        let scratch = "\(path)/.import-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        return try body(scratch)
    }

    private static func draft(_ definition: ImportedDefinition, in scratch: String) throws -> String {
        let draft = "\(scratch)/\(definition.id).yaml"
        try Data(definition.text.utf8).write(to: URL(filePath: draft))
        return draft
    }

    /// Gives the draft its name, unless somebody has it: one step, which a rename would not be.
    private static func place(_ draft: String, at target: String) throws -> Bool {
        do {
            try FileManager.default.linkItem(atPath: draft, toPath: target)
            return true
        } catch CocoaError.fileWriteFileExists {
            return false
        }
    }

    /// What the decoder says to a file: a definition that it refuses is not written.
    private static func judge(_ file: String) -> Obstacle? {
        let result = DefinitionLoader(connectors: ["oauth2"]).load(file: file)
        guard let error = result.diagnostics.first(where: { $0.severity == .error }) else { return nil }
        if error.rule == "secret-place" { return .needsModule("a secret input stands in a URL") }
        return .broken("no definition comes of it: \(error.message) [\(error.rule)]")
    }
}
