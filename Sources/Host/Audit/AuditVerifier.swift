import Foundation
package import Model

/// Verifies the files of a host's chain (SECURITY 54).
package enum AuditVerifier {
    /// What was found.
    package struct Report: Sendable, Hashable {
        /// Links read.
        package let links: Int
        /// Where the chain ends.
        package let head: ChainHead
        /// Empty for a sound chain; findings of lines in their order, what is missing behind them.
        package let findings: [AuditFinding]
    }

    /// The hosts that have files in a folder.
    /// - Throws: what reading the folder throws.
    package static func hosts(in folder: String) throws -> [HostID] { try AuditFolder.hosts(in: folder) }

    /// Reads all files of the host's chain. A cut at the end, or a chain written anew, shows only against a checkpoint that
    /// was kept elsewhere.
    /// - Throws: what reading a file throws.
    package static func verify(
        folder: String, host: HostID, checkpoints: [ChainHead]
    ) throws -> Report {
        var check = ChainCheck(genesis: .genesis(of: host), checkpoints: checkpoints)
        for segment in try AuditFolder(path: folder, host: host).segments() {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: segment.path), options: .alwaysMapped)
            var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            if lines.last?.isEmpty == true { lines.removeLast() }
            for (index, line) in lines.enumerated() {
                let place = (file: segment.name, line: index + 1)
                if let link = ChainLink(line: line) {
                    check.take(link, at: place)
                } else {
                    check.takeUnreadable(at: place)
                }
            }
        }
        let findings = check.finish()
        return Report(links: check.count, head: check.head, findings: findings)
    }
}
