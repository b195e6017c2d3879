/// What the kernel says about mounted file systems (https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html).
enum Mounts {
    /// The type of the file system that holds an absolute path, if its locks and syncs cannot be relied on.
    static func networkFileSystem(of path: String, in mountinfo: String) -> String? {
        var nearest = (point: "", type: "")
        for line in mountinfo.split(separator: "\n") {
            guard let mount = mount(line), holds(mount.point, path) else { continue }
            // Of two on the same point the later one covers the earlier.
            if mount.point.utf8.count >= nearest.point.utf8.count { nearest = mount }
        }
        return isNetwork(nearest.type) ? nearest.type : nil
    }

    private static func mount(_ line: Substring) -> (point: String, type: String)? {
        let fields = line.split(separator: " ")
        guard fields.count > 5, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { return nil }
        return (unescaped(fields[4]), String(fields[dash + 1]))
    }

    private static func holds(_ point: String, _ path: String) -> Bool {
        point == "/" || path == point || path.hasPrefix(point + "/")
    }

    private static func isNetwork(_ type: String) -> Bool {
        ["nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "afs"].contains(type) || type.hasPrefix("fuse")
    }

    /// Spaces and the like stand as `\040`.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = field.utf8[...]
        while let first = rest.popFirst() {
            let digits = rest.prefix(3)
            if first == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(first)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
