import ArgumentParser
import ConnectorSDK
import Locks
import Settings

/// `token-manager keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Looks after the keys that seal.",
        subcommands: [KeyStatusCommand.self, RotateKeyCommand.self, RewrapKeysCommand.self])
}

/// `token-manager keys status`.
struct KeyStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Names the key encryption keys, and the data keys of each organization with what they have sealed.",
        discussion: """
            No key is shown. Of other hosts on the same store it says which key each wraps with, and whether it has the one in
            use here. With --format json: `{key, keys: […], hosts: […], data_keys: […]}`.
            """)

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        let dataKeys = Locked<[JSONValue]>([])
        let answer = try await config.ask(AdminRequest(.keyStatus)) { key in dataKeys.withLock { $0.append(key) } }
        let found = dataKeys.withLock { $0 }
        if output.format == .json {
            let status = JSONValue.object([
                "key": .string(answer.shown("key")), "keys": .array(answer.elements("keys")),
                "hosts": .array(answer.elements("hosts")),
                "data_keys": .array(found),
            ])
            return HostLogging.print(JSONWriter.text(status))
        }
        HostLogging.print("key encryption key \(answer.shown("key"))")
        for key in answer.elements("keys") { HostLogging.print(Self.line(key)) }
        for host in answer.elements("hosts") {
            let lacks = host.shown("has_key") == "true" ? "" : "\tlacks \(answer.shown("key"))"
            HostLogging.print("\(host.shown("id"))\twraps with \(host.shown("key"))\(lacks)")
        }
        let printer = ItemPrinter(
            .text, columns: ["organization", "id", "created_at", "encryptions", "retired", "key"])
        for key in found { printer.print(key) }
        printer.finish()
    }

    /// What a key encryption key is needed for.
    private static func line(_ key: JSONValue) -> String {
        let files = key.elements("files").compactMap(\.scalarText).joined(separator: ", ")
        let use =
            switch (key.shown("current"), key.shown("used")) {
            case ("true", _): "in use"
            case (_, "true"): "still needed; run `token-manager keys rewrap`"
            default: "not needed by this store; backups that were made with it are"
            }
        return "\(key.shown("id"))\t\(key.shown("data_keys")) data keys\t\(use)\t\(files)"
    }
}

/// `token-manager keys rotate`.
struct RotateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Makes a new key encryption key, and wraps new data keys with it.",
        discussion: """
            The file of KEY_PROVIDER holds the new key from then on; it and the one before also lie beside it, each in a file
            that bears its id. Copy the new one to where your copy of the key is. Where other hosts work on the same store and
            have files of their own, copy all of them there, that of KEY_PROVIDER last. What the old key wraps stays as it is
            until `keys rewrap`. Audited.
            """)

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        let answer = try await config.ask(AdminRequest(.rotateKey))
        if output.format == .json { return HostLogging.print(JSONWriter.text(answer)) }
        HostLogging.print("\(answer.shown("key")) is in use; it replaced \(answer.shown("replaced"))")
        HostLogging.print("keep a copy of its file; then: token-manager keys rewrap")
    }
}

/// `token-manager keys rewrap`.
struct RewrapKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap", abstract: "Wraps every data key with the key encryption key in use.",
        discussion: """
            Nothing that is sealed is touched, the host goes on meanwhile, and one that was cut short is run again. Refused while
            another host on the same store wraps with another key. Then an
            old key is needed for backups alone that were made with it: take its file away once you do not want these
            any more, and the host looks for it no longer. Audited.
            """)

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        let unreadable = Locked<[String]>([])
        let answer = try await config.ask(AdminRequest(.rewrapKeys), progress: ProgressLine("rewrap")) { key in
            unreadable.withLock { $0.append("\(key.shown("id")) of \(key.shown("organization"))") }
        }
        if output.format == .json {
            HostLogging.print(JSONWriter.text(answer))
        } else {
            HostLogging.print("\(answer.shown("rewrapped")) keys are wrapped by \(answer.shown("key")) now")
            for key in answer.elements("unused") {
                let files = key.elements("files").compactMap(\.scalarText).joined(separator: ", ")
                HostLogging.print("not needed by this store any more: \(key.shown("id")), \(files)")
            }
        }
        let left = unreadable.withLock { $0 }
        guard left.isEmpty else {
            throw StartFailure(
                "these data keys open with no key here: \(left.joined(separator: "; ")). Put the file of theirs back",
                code: .checkFailed)
        }
    }
}

extension JSONValue {
    /// The elements of a member that is an array.
    func elements(_ name: String) -> [JSONValue] {
        guard case .object(let members) = self, case .array(let elements)? = members[name] else { return [] }
        return elements
    }
}
