import ArgumentParser
import ConnectorSDK
import Settings
import Synchronization

/// `token-manager keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Looks after the keys that seal.", subcommands: [KeyStatusCommand.self])
}

/// `token-manager keys status`.
struct KeyStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Names the key encryption key, and the data keys of each organization with what they have sealed.",
        discussion: "No key is shown. With --format json: `{key, data_keys: […]}`.")

    @Option(help: "text or json.")
    var format = OutputFormat.text

    @OptionGroup var config: ConfigOption

    func run() async throws {
        let keys = Mutex<[JSONValue]>([])
        let answer = try await config.ask(AdminRequest(.keyStatus)) { key in keys.withLock { $0.append(key) } }
        let found = keys.withLock { $0 }
        let master = answer.shown("key")
        if format == .json {
            let status = JSONValue.object(["key": .string(master), "data_keys": .array(found)])
            return HostLogging.print(JSONWriter.text(status))
        }
        HostLogging.print("key encryption key \(master)")
        let printer = ItemPrinter(.text, columns: ["organization", "id", "created_at", "encryptions", "retired"])
        for key in found { printer.print(key) }
        printer.finish()
    }
}
