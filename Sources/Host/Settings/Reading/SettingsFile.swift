import Definitions
import Foundation

/// The file of `--config`: a YAML map from lower-case names to scalars.
struct SettingsFile: Sendable {
    struct Entry: Sendable {
        var text: String
        var position: SourcePosition
    }

    /// By the name in lower case.
    private(set) var entries: [String: Entry] = [:]
    private(set) var problems: [SettingsProblem] = []

    /// No file.
    init() {}

    init(path: String) {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            problems = [SettingsProblem("--config", "\(path) cannot be read", remedy: "give the path of a YAML file")]
            return
        }
        do {
            guard let root = try YAMLReader.read([UInt8](bytes), file: path) else { return }
            read(root)
        } catch {
            problems = [
                SettingsProblem(
                    "--config", error.message, remedy: error.hint ?? "correct this line", at: error.position)
            ]
        }
    }

    private mutating func read(_ root: YAMLNode) {
        if root.isNull { return }
        guard let found = root.entries else {
            problems.append(
                SettingsProblem(
                    "--config", "\(root.kind) instead of a map", remedy: "write `name: value` lines", at: root.position)
            )
            return
        }
        for entry in found {
            guard Settings.fileNames.contains(entry.key) else {
                let hint = Suggestion.hint(for: entry.key, among: Settings.fileNames)
                problems.append(
                    SettingsProblem(
                        entry.key, "there is no such setting", remedy: hint ?? "remove it; docs name all settings",
                        at: entry.keyPosition))
                continue
            }
            if entry.value.isNull { continue }
            guard let text = Self.text(entry.value) else {
                problems.append(
                    SettingsProblem(
                        entry.key, "\(entry.value.kind) instead of a value", remedy: "write one value",
                        at: entry.value.position))
                continue
            }
            entries[entry.key] = Entry(text: text, position: entry.value.position)
        }
    }

    /// A scalar's text; a list's elements on a line each, as settings that are lists take them.
    private static func text(_ node: YAMLNode) -> String? {
        if let text = node.text { return text }
        guard let elements = node.elements else { return nil }
        let texts = elements.compactMap(\.text)
        return texts.count == elements.count ? texts.joined(separator: "\n") : nil
    }
}
