import CLinux
import Glibc

/// The calls that make audit lines durable. Each gives 0 or errno; tests put failing and blocking ones in their place.
struct AuditDisk: Sendable {
    /// Appends and syncs.
    var append: @Sendable (inout tm_append_file, UnsafeRawBufferPointer) -> Int32
    /// Brings a folder's names to the disk.
    var syncFolder: @Sendable (String) -> Int32

    /// The real ones.
    static let system = AuditDisk(
        append: { tm_append(&$0, $1.baseAddress, $1.count) },
        syncFolder: { tm_sync_folder($0) })

    /// - Throws: `AuditError` with `.disk` unless the result is 0.
    func check(_ result: Int32, _ what: String, _ path: String) throws {
        if result != 0 { throw AuditError(.disk, "The audit file \(path) \(what)", systemError: result) }
    }
}
