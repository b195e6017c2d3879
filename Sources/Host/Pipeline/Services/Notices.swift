import Logging
import Model
import RefreshProtocol
import ServiceLifecycle
import StoreContract

extension TokenPipeline {
    /// Tells what time alone has brought: tokens that have ended, grants that end soon. Whether it was told stands beside
    /// the line, in the transaction of the event: so a restart neither repeats nor forgets one.
    func tellWhatIsDue() async {
        guard isReady else { return }
        let lines = (try? await parts.store.read { try $0.linesToTell(limit: Self.toldAtOnce) }) ?? []
        // Several hosts find the same: whoever comes second to one finds it told, so each goes its own way.
        let ordered = parts.store.isExclusive ? lines : lines.shuffled()
        for line in ordered where !Task.isShuttingDownGracefully {
            do { try await tell(line) } catch {
                parts.logger.error(
                    "an event cannot be written", metadata: ["connection": "\(line.connection)", "code": "\(error)"])
            }
        }
    }

    private func tell(_ id: LineID) async throws {
        let parts = parts
        try await write(id.connection) { transaction in
            guard let connection = try transaction.connection(id.connection),
                let step = try transaction.step(id, .notice, timing: parts.settings.timing), !step.signals.isEmpty
            else { return }
            try transaction.record(step, of: connection, action: "notice", by: .host, parts: parts)
        }
    }

    /// In one pass: refreshes wait behind it.
    private static let toldAtOnce = 100
}
