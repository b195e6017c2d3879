import ArgumentParser
import ConnectorSDK
import Settings

/// `token-manager connections verify`: the ways out of VERIFY (PROTOCOL.md §9).
struct VerifyConnectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Lets connections go on after the store was restored.",
        discussion: """
            A backup holds refresh tokens that may have been replaced since. To present such a one can cost the whole
            grant, so nothing is presented until somebody says what holds.
            --adopt takes the newest version that is held anywhere: late answers in the spool, answers that were put
            aside. Where nothing newer is held, or this host knows of a later refresh (overtaken), the connection goes
            on waiting, and the exit code is 1.
            --assume-current says that the stored refresh token was not used since the backup; with --all it leaves out
            those of which this host knows that they were, and those that were handed over by `connections export`.
            What was handed over goes on by --assume-current for it alone, which takes it back.
            --reauthorize gives it up: its owner has to sign in again.
            """)

    enum Way: String, EnumerableFlag {
        case adopt, assumeCurrent, reauthorize

        var name: String { self == .assumeCurrent ? "assume_current" : rawValue }
    }

    @Argument(help: "The connection's id.")
    var id: String?

    @Flag(help: "Every connection that waits.")
    var all = false

    @Flag var way: Way

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func validate() throws {
        if (id == nil) != all { throw ValidationError("name one connection, or give --all") }
    }

    func run() async throws {
        var request = AdminRequest(.verifyConnections, ["way": .string(way.name)])
        if let id { request.arguments["id"] = .string(id) }
        let items = try await config.list(
            request, output.format, columns: ["id", "token", "outcome", "status", "generation"])
        // Of all, those that have nothing newer are part of the answer; of one they are what went wrong.
        if !all, !items.contains(where: { $0.shown("outcome") == "done" }) {
            throw ExitCode(StartFailure.Code.checkFailed.rawValue)
        }
    }
}
