import ArgumentParser
import ConnectorSDK
import Definitions
import Locks
import Settings

/// `token-manager organizations`.
struct OrganizationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organizations", abstract: "Looks after the organizations of a store.",
        subcommands: [
            ListOrganizationsCommand.self, DeleteOrganizationCommand.self, ReopenOrganizationCommand.self,
        ])
}

/// `token-manager organizations list`.
struct ListOrganizationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists organizations that have something sealed, and those that were deleted.")

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        _ = try await config.list(
            AdminRequest(.listOrganizations), output.format,
            columns: ["organization", "status", "began_at", "ended_at"])
    }
}

/// `token-manager organizations delete`.
struct DeleteOrganizationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Revokes all connections of an organization and erases it with its keys.",
        discussion: """
            There is no way back. Callers find nothing of it from the first moment on, and can begin nothing in its name until
            `organizations reopen`. Providers are asked to revoke as long as --within says; what they have not
            confirmed by then is listed, erased all the same, and the exit code is 1. A deletion that was cut short is
            gone on with by the host at its next start, or by the same command. Backups that were made before still hold
            the organization: delete them, or take the key encryption key away that they need (`keys rotate`). So do
            databases beside the store that a restore has replaced: they are named, for you to remove.
            """)

    @Argument(help: "The organization's id, as callers' tokens name it.")
    var organization: String

    @Flag(help: "Do not ask.")
    var yes = false

    @Option(help: "How long providers are asked to revoke.")
    var within = "2m"

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func validate() throws {
        if organization.isEmpty { throw ValidationError("name the organization") }
        if DurationText.read(within) == nil { throw ValidationError("--within is a duration, such as 30s or 2m") }
    }

    func run() async throws {
        try confirm()
        let copies = try ReplacedDatabases(config)
        let left = Locked<[JSONValue]>([])
        let answer: JSONValue
        do {
            answer = try await config.ask(
                AdminRequest(
                    .deleteOrganization, ["organization": .string(organization), "within": .string(within)]),
                progress: ProgressLine("delete")
            ) { connection in left.withLock { $0.append(connection) } }
        } catch {
            // They are erased: no repetition can name them again.
            tell(left: left.withLock { $0 })
            throw error
        }
        tell(answer, left.withLock { $0 }, copies)
        let count = answer.shown("not_revoked")
        guard count == "0" else {
            throw StartFailure(
                "the organization is erased, but for \(count) connections no provider has confirmed that the tokens are "
                    + "revoked; the audit names them (revocation_given_up)", code: .checkFailed)
        }
    }

    private func confirm() throws {
        guard !yes else { return }
        guard Terminal.isThere else {
            throw StartFailure("nobody can be asked here; give --yes if you mean it", code: .wrongUsage)
        }
        let answer = Terminal.ask("This cannot be undone. Type the organization's id to delete it: ")
        guard answer == organization else { throw StartFailure("nothing was deleted", code: .wrongUsage) }
    }

    private func tell(_ answer: JSONValue, _ left: [JSONValue], _ copies: ReplacedDatabases) {
        if output.format == .json {
            guard case .object(var members) = answer else { return }
            (members["left"], members["copies"]) = (.array(left), copies.json)
            return HostLogging.print(JSONWriter.text(.object(members)))
        }
        HostLogging.print(summary(answer))
        tell(left: left)
        if let remedy = copies.remedy { HostLogging.print(remedy) }
    }

    private func summary(_ answer: JSONValue) -> String {
        let before = answer.shown("deleted_before")
        guard before == "-" else { return "\(organization) was deleted at \(before)" }
        return "\(organization) is deleted: \(answer.shown("connections")) connections, "
            + "\(answer.shown("revoked")) revoked, \(answer.shown("not_revocable")) of providers that revoke nothing, "
            + "\(answer.shown("handed_over")) that another host goes on with"
    }

    private func tell(left: [JSONValue]) {
        guard !left.isEmpty else { return }
        guard output.format != .json else {
            return HostLogging.print(
                JSONWriter.text(.object(["organization": .string(organization), "left": .array(left)])))
        }
        HostLogging.print("not revoked at their providers:")
        let printer = ItemPrinter(.text, columns: ["id", "connector", "client", "name", "owner"])
        for connection in left { printer.print(connection) }
        printer.finish()
    }
}

/// `token-manager organizations reopen`.
struct ReopenOrganizationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen", abstract: "Lets an organization that was deleted begin anew, with nothing of before.",
        discussion: "Audited. Not before every host has dropped the keys that it had: DEK_CACHE_AGE and a minute.")

    @Argument(help: "The organization's id.")
    var organization: String

    @OptionGroup var config: ConfigOption

    func run() async throws {
        let answer = try await config.ask(
            AdminRequest(.reopenOrganization, ["organization": .string(organization)]))
        HostLogging.print("\(answer.shown("organization")) may begin anew")
    }
}
