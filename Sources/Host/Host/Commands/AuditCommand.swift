import ArgumentParser
import Audit
import Settings

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
            Reads the files of SPOOL_DIR and the store of STORE_URL, which no host may be using. What was cut off the end
            shows against the checkpoints that the store keeps; if those may have been changed too, give one that was
            received with an AUDIT_CHECKPOINT event.
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
        let storage = try HostSettings.load(file: config.file).storage
        let chains = try await AuditVerification(
            storage: storage, given: checkpoint.compactMap { AuditCheckpoint(text: $0) }
        ).run()
        for chain in chains {
            HostLogging.print("\(chain.name): \(chain.links) links, ends with \(chain.head.text)")
            for finding in chain.findings { HostLogging.print("  \(finding)") }
        }
        let findings = chains.reduce(0) { $0 + $1.findings.count }
        HostLogging.print(findings == 0 ? "the audit is sound" : "the audit is NOT sound: \(findings) findings")
        if findings > 0 { throw ExitCode(StartFailure.Code.checkFailed.rawValue) }
    }
}
