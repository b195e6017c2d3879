import CLinux

/// Connections are open files, as are the store, the spool and the calls to providers. An answer that came must find room in
/// the spool whatever callers do, so they never get all of them.
enum OpenFiles {
    /// What store, spool, journal, audit, logs and metrics need.
    private static let own = 128

    /// How many connections the API may have open: half of what is left, since each may be a request that has a provider
    /// called. Nil where the number is not known.
    static var connections: Int? {
        let files = Int(tm_raise_open_files())
        return files > 0 ? max(1, (files - min(own, files / 2)) / 2) : nil
    }
}
