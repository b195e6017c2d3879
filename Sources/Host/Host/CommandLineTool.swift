import ArgumentParser
import Foundation
import Settings

/// Runs one command and knows its exit code (DESIGN.md §5): 0 fine, else that of `StartFailure`. ArgumentParser's own
/// `main` would leave with 64 for wrong usage.
enum CommandLineTool {
    static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try TokenManagerCommand.parseAsRoot(arguments)
            if let help = missingCommand(type(of: command)) {
                LogOutput.standardError.write(help + "\n")
                return StartFailure.Code.wrongUsage.rawValue
            }
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return explain(error)
        }
    }

    /// What to say where a group of commands was named and none of them; ArgumentParser would call that a question for help,
    /// and a script would take it for done.
    private static func missingCommand(_ group: any ParsableCommand.Type) -> String? {
        group.configuration.subcommands.isEmpty ? nil : TokenManagerCommand.helpMessage(for: group)
    }

    /// Prints what went wrong, or the help that was asked for. Returns the exit code.
    private static func explain(_ error: any Error) -> Int32 {
        switch error {
        case let failure as StartFailure:
            complain(failure.description)
            return failure.code.rawValue
        case let settings as SettingsError:
            complain("the settings are wrong\n\(settings)")
            return StartFailure.Code.wrongUsage.rawValue
        case let code as ExitCode:
            return code.rawValue
        default:
            return explainParsing(error)
        }
    }

    private static func explainParsing(_ error: any Error) -> Int32 {
        let text = TokenManagerCommand.fullMessage(for: error)
        switch TokenManagerCommand.exitCode(for: error) {
        case .success:
            print(text)
            return 0
        case .validationFailure:
            LogOutput.standardError.write(text + "\n")
            return StartFailure.Code.wrongUsage.rawValue
        default:
            complain("\(error)")
            return StartFailure.Code.checkFailed.rawValue
        }
    }

    private static func complain(_ text: String) {
        LogOutput.standardError.write("token-manager: \(TokenRedaction.redact(text))\n")
    }
}
