import ArgumentParser
import ConnectorSDK
import Settings

/// `token-manager doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Looks at all that a host needs, and says what to do about what is not fine.",
        discussion:
            "Changes nothing; beside a running host, too. Exit code 1 when something would keep a host from working.")

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        let findings = await findings()
        switch output.format {
        case .text: for finding in findings { HostLogging.print(finding.text) }
        case .json: HostLogging.print(JSONWriter.text(.array(findings.map(\.json))))
        }
        if findings.contains(where: { $0.verdict == .fail }) {
            throw ExitCode(StartFailure.Code.checkFailed.rawValue)
        }
    }

    /// With wrong settings nothing else can be looked at.
    private func findings() async -> [Finding] {
        let settings: HostSettings
        do { settings = try HostSettings.load(file: config.file) } catch {
            return error.problems.map { .fail("settings", "\($0.variable): \($0.message)", remedy: $0.remedy) }
        }
        return await Doctor(settings: settings).run()
    }
}
