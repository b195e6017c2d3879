import ConnectorSDK
import Locks
import Settings

/// What the commands share that ask a host or its store.
extension ConfigOption {
    /// Asks for an operation.
    /// - Throws: `StartFailure`, `SettingsError`.
    func ask(
        _ request: AdminRequest, progress: ProgressLine? = nil, each: @escaping @Sendable (JSONValue) -> Void = { _ in }
    ) async throws -> JSONValue {
        let source = SettingsSource(file: file)
        let access = AdminAccess(settings: try HostSettings.load(from: source), source: source)
        return try await access.perform(request) { line in
            switch line {
            case .progress(let part): progress?.show(part)
            case .item(let item): each(item)
            case .result, .problem: break
            }
        }
    }

    /// Asks for a list, prints it as it comes, and gives the items that it had.
    func list(_ request: AdminRequest, _ format: OutputFormat, columns: [String]) async throws -> [JSONValue] {
        let printer = ItemPrinter(format, columns: columns)
        let items = Locked<[JSONValue]>([])
        // Only a few are of use to whoever asks; a list may be long.
        _ = try await ask(request) { item in
            printer.print(item)
            items.withLock { if $0.count < 100 { $0.append(item) } }
        }
        printer.finish()
        return items.withLock { $0 }
    }
}
