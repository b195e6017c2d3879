import Foundation

@testable import Settings

/// What loading says: the problems by variable, or none.
func problems(_ environment: [String: String], file: String? = nil) -> [SettingsProblem] {
    do {
        _ = try HostSettings.load(environment: environment, file: file)
        return []
    } catch {
        return error.problems
    }
}

/// Runs a body with a settings file of that text, which is gone afterwards.
func withFile<Value>(_ text: String, _ body: (String) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("settings.yaml").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try body(path)
}

let secretA = String(repeating: "a", count: 32)
let secretB = String(repeating: "b", count: 32)
