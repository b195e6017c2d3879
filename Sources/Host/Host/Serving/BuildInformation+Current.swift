import API
import Foundation

extension BuildInformation {
    /// This program. The commit is what the packager or `make run` says in `BUILD_COMMIT`.
    static var current: BuildInformation {
        BuildInformation(
            version: "0.1.0", commit: ProcessInfo.processInfo.environment["BUILD_COMMIT"] ?? "unknown",
            swift: swiftVersion, sdk: "1")
    }

    private static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
