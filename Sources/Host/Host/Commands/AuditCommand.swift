import ArgumentParser
import Audit
import ConnectorSDK
import Foundation
import Locks
import Pipeline
import SQLiteStore
import Settings
import StoreContract

/// `token-manager audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Looks after the audit.", subcommands: [AuditVerifyCommand.self])
}

/// `token-manager audit verify`: exit code 0 when every chain is sound, 1 when one is not (SECURITY 54).
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks that no audit record was edited, reordered, removed or cut off.",
        discussion: """
            Reads the files of SPOOL_DIR and the store of STORE_URL; beside a running host, that host reads them. What was
            cut off the end shows against the checkpoints that the store keeps; if those may have been changed too, give
            one that was received with an AUDIT_CHECKPOINT event. Files of reads are looked for of every host id that the
            store or a checkpoint knows: those of another SPOOL_DIR or machine are copied into SPOOL_DIR/audit first.
            """)

    @Option(
        help: ArgumentHelp(
            "The reason of an AUDIT_CHECKPOINT event that was kept elsewhere; may be repeated.", valueName: "text"))
    var checkpoint: [String] = []

    @OptionGroup var config: ConfigOption

    func validate() throws {
        for text in checkpoint where AuditCheckpoint(text: text) == nil {
            throw ValidationError("--checkpoint is `<host> reads <number> <hash> writes <number> <hash>`")
        }
    }

    func run() async throws {
        let source = SettingsSource(file: config.file)
        let access = AdminAccess(settings: try HostSettings.load(from: source), source: source)
        let report = Locked(AuditReport())
        let request = AdminRequest(.verifyAudit, ["checkpoints": .array(checkpoint.map(JSONValue.string))])
        let answer = try await access.performAtHost(request) { line in
            guard case .item(let item) = line, let line = AuditReport.Line(item) else { return }
            report.withLock { $0.print(line) }
        }
        if answer == nil {
            for chain in try await chains(access) {
                for line in AuditReport.Line.lines(of: chain) { report.withLock { $0.print(line) } }
            }
        }
        let findings = report.withLock { $0.findings }
        HostLogging.print(findings == 0 ? "the audit is sound" : "the audit is NOT sound: \(findings) findings")
        if findings > 0 { throw ExitCode(StartFailure.Code.checkFailed.rawValue) }
    }

    /// Without a host, and without becoming one: a host mends the end of its chain when it starts.
    private func chains(_ access: AdminAccess) async throws -> [AuditVerification.Chain] {
        let storage = access.settings.storage
        // Opening would make a database, which of course has a sound audit.
        try access.requireDatabase()
        do {
            let store = try await open(storage)
            let verification = AuditVerification(
                store: store, spoolFolder: storage.spoolFolder, given: checkpoint.compactMap { .init(text: $0) })
            let found: Result<[AuditVerification.Chain], any Error>
            do { found = .success(try await verification.run()) } catch { found = .failure(error) }
            try? await store.close()
            return try found.get()
        } catch {
            throw access.failure(error, "the audit cannot be read")
        }
    }

    /// On the thread that asks: behind a thread that waits, a build without optimization damaged this task's own values.
    private func open(_ storage: HostSettings.Storage) async throws -> any Store {
        guard let postgres = storage.postgres else { return try SQLiteStore.open(path: storage.databasePath) }
        return try await PostgresAccess(postgres).openForReading()
    }
}
