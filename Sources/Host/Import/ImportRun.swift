import Definitions
import Foundation

/// `token-manager connector import nango`: reads a file, writes one definition for each entry, and says what came of it.
package struct ImportRun: Sendable {
    /// The file in the layout.
    package var file: String
    /// Where definitions go; made if it is not there.
    package var folder: String
    /// Names of entries; empty for all.
    package var only: [String]
    /// Whether files that are there are replaced.
    package var replaces: Bool

    package init(file: String, folder: String, only: [String] = [], replaces: Bool = false) {
        self.file = file
        self.folder = folder
        self.only = only
        self.replaces = replaces
    }

    /// Does it.
    ///
    /// - Returns: the report and the exit code: 0 every entry was written or reported, 1 one was refused or its file is
    ///   there already, 2 no such file, entry or folder.
    package func run() -> (output: String, exitCode: Int32) {
        guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8)
        else {
            return ("\(file): no such file, or not UTF-8\n", 2)
        }
        let verdicts: [Verdict]
        do {
            verdicts = try Importer.run(text, file: file, only: Set(only))
        } catch {
            return ("\(error)\n", 1)
        }
        if let name = only.first(where: { name in !verdicts.contains { $0.name == name } }) {
            let known = ((try? Importer.run(text, file: file)) ?? []).map(\.name)
            let hint = Suggestion.hint(for: name, among: known).map { "; \($0)" } ?? ""
            return ("\(file): no entry is called `\(name)`\(hint)\n", 2)
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let report = ImportReport(try DefinitionFolder(path: folder, replaces: replaces).write(verdicts))
            return (report.text, report.exitCode)
        } catch {
            return ("\(folder): cannot be written: \(error.localizedDescription)\n", 2)
        }
    }
}
