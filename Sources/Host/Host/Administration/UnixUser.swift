import Glibc

/// The names of Unix users.
enum UnixUser {
    /// Who runs this process.
    static var current: String { name(of: geteuid()) }

    /// The name of a user; `uid:<number>` where the machine knows none.
    static func name(of id: uid_t) -> String {
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, let name = found?.pointee.pw_name else {
            return "uid:\(id)"
        }
        return String(cString: name)
    }
}
