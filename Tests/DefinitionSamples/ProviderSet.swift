import Foundation

/// Entries in the layout of Nango's `providers.yaml`.
package enum ProviderSet {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The definitions that are shipped.
    package static let catalog = repository.appending(path: "connectors.d").path(percentEncoded: false)

    /// The project's own entries.
    package static let ownEntries = repository.appending(path: "Tests/Import/entries.yaml").path(percentEncoded: false)

    /// The larger set beside the checkout, or where the environment says; nil where there is none. It is read, never kept.
    private static let whole: String? = {
        let beside = repository.appending(path: "../shared/data/nango-providers.yaml").path(percentEncoded: false)
        let path = ProcessInfo.processInfo.environment["PROVIDER_SET"] ?? beside
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    /// The set that is at hand. Says aloud when it is the small one.
    package static func atHand() -> (file: String, isWhole: Bool) {
        if let whole { return (whole, true) }
        print("provider set not present: the project's own entries only")
        return (ownEntries, false)
    }
}
