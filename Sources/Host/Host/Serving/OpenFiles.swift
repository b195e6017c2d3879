import CLinux

/// Connections are open files, as are the store, the spool and the calls to providers. An answer that came must find room in
/// the spool whatever callers do, so they never get all of them.
enum OpenFiles {
    /// How many connections the API may have open: three quarters of the files. Nil where the number is not known.
    static var connections: Int? {
        let files = tm_raise_open_files()
        return files > 0 ? Int(files / 4 * 3) : nil
    }
}
