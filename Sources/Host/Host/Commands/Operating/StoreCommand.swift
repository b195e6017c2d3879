import API
import ArgumentParser
import ConnectorSDK
import Foundation
import Secrets
import Settings
import Spool
import StoreContract

/// `token-manager store`.
struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Looks after the store.",
        subcommands: [MigrateCommand.self, BackupCommand.self, RestoreCommand.self])
}

/// `token-manager store migrate`.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Brings the store to this program's schema.",
        discussion: "A host does so itself when it starts. There is no way back but a backup: make one before.")

    @OptionGroup var config: ConfigOption

    func run() async throws {
        let settings = try HostSettings.load(file: config.file)
        if let postgres = settings.storage.postgres {
            try await migrate(PostgresAccess(postgres))
        } else {
            // Opening it is what migrates it; a host that answers has done so.
            _ = try await config.ask(AdminRequest(.status))
        }
        HostLogging.print("the store has this program's schema")
    }

    private func migrate(_ access: PostgresAccess) async throws {
        do { try await access.migrate() } catch let error as StoreError {
            throw StartFailure("the store cannot be migrated: \(error)", code: .dependencyUnreachable)
        }
    }
}

/// `token-manager store backup`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Writes a sealed copy of the store, while the host goes on.",
        discussion: """
            The copy opens only with the key that KEY_PROVIDER has in use now: keep that key, too, and apart from the
            copies, also when another has followed it (`keys rotate`). Between `keys rotate` and the end of `keys rewrap`
            no copy is made: it would need both keys. The spool is no part of it, since it belongs to the machine.
            """)

    @Argument(help: "A file that does not exist yet.")
    var file: String

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        // The host may stand in another folder.
        let path = URL(fileURLWithPath: file).path
        let answer = try await config.ask(
            AdminRequest(.backUpStore, ["file": .string(path)]), progress: ProgressLine("backup"))
        HostLogging.print(
            output.format == .json
                ? JSONWriter.text(answer)
                : "\(answer.shown("file")): \(answer.shown("store")) as of \(answer.shown("made_at"))")
    }
}

/// `token-manager store restore`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Puts a backup in the place of the store, while no host runs.",
        discussion: """
            Everything is verified before anything is replaced; the replaced database stays beside it. Refresh tokens
            that a provider replaces with each use may be old in a backup: their connections serve the access tokens
            that are still valid and present nothing until `connections verify` says what holds.
            """)

    @Argument(help: "What `store backup` has written.")
    var file: String

    @OptionGroup var config: ConfigOption

    func run() async throws {
        let source = SettingsSource(file: config.file)
        let settings = try HostSettings.load(from: source)
        guard settings.storage.postgres == nil else {
            throw StartFailure(
                "a store on PostgreSQL is restored by PostgreSQL's own tools, such as pg_restore; the host notices at its "
                    + "next start that the store went back, and its rotating connections wait for `connections verify`",
                code: .wrongUsage)
        }
        guard try await !AdminAccess(settings: settings, source: source).isHostThere() else {
            throw StartFailure("a host holds the store; stop it first", code: .dependencyUnreachable)
        }
        try SpoolOwner(settings.storage).require()
        let progress = ProgressLine("restore")
        let result: StoreRestore.Result
        do {
            result = try await StoreRestore(settings: settings, user: UnixUser.current).run(from: file) {
                progress.show($0)
            }
        } catch {
            throw StartFailure("the store was not restored: \(error)", code: Self.code(error))
        }
        tell(result)
    }

    private static func code(_ error: any Error) -> StartFailure.Code {
        switch error {
        case let failure as StartFailure: failure.code
        case let error as SecretsError where error.code == .backupName: .wrongUsage
        case let error as SecretsError where error.code == .refused: .checkFailed
        case let error as StoreError where error.code == .incompatible: .checkFailed
        default: .dependencyUnreachable
        }
    }

    private func tell(_ result: StoreRestore.Result) {
        for warning in result.warnings { LogOutput.standardError.print("warning: \(warning)\n") }
        HostLogging.print("restored the store as of \(TimeText.text(result.header.madeAt)); epoch \(result.epoch)")
        if let replaced = result.replaced { HostLogging.print("the replaced database is \(replaced)") }
        HostLogging.print("connections that wait: token-manager connections list --status verify")
    }
}
