import ConnectorSDK
import SQLiteStore
import Settings

/// The databases that restores have left beside the host's. Nothing reaches them that is done to the store: who deletes an
/// organization has to hear of them.
struct ReplacedDatabases {
    let paths: [String]

    /// - Throws: `StartFailure`, `SettingsError`.
    init(_ config: ConfigOption) throws {
        let storage = try HostSettings.load(file: config.file).storage
        do { paths = try DatabaseReplacement.replaced(beside: storage.databasePath) } catch {
            throw StartFailure("\(error)", code: .dependencyUnreachable)
        }
    }

    var json: JSONValue { .array(paths.map(JSONValue.string)) }

    /// What to do about them, with a line for the shell; nil where there are none.
    var remedy: String? {
        guard !paths.isEmpty else { return nil }
        return "databases that a restore has replaced may hold it still, with its keys; remove them:\n  rm -- "
            + paths.map(Self.quoted).joined(separator: " ")
    }

    private static func quoted(_ path: String) -> String {
        "'" + path.replacing("'", with: #"'\''"#) + "'"
    }
}
