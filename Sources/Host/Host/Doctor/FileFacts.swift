import CLinux
import Foundation
import Glibc

/// What the file system says about a file or folder.
struct FileFacts {
    let path: String
    private let file: tm_file

    /// Nil where there is nothing.
    /// - Parameter followsLinks: of a symbolic link what it points at; else the link itself.
    init?(_ path: String, followsLinks: Bool = false) {
        var file = tm_file()
        guard tm_look_at(path, followsLinks ? 1 : 0, &file) == 0 else { return nil }
        self.path = path
        self.file = file
    }

    var size: Int { Int(file.size) }

    /// Seconds since 1970.
    var changedAt: Double { Double(file.changed_at) }

    /// Whether it belongs to the user of this process.
    var isOwn: Bool { file.owner == geteuid() }

    /// The name of the user that it belongs to.
    var owner: String { UnixUser.name(of: file.owner) }

    /// Room for this user on its disk.
    var freeBytes: UInt64 {
        var disk = statvfs()
        return statvfs(path, &disk) == 0 ? UInt64(disk.f_bavail) * UInt64(disk.f_frsize) : 0
    }

    /// What is wrong with who may use it; nil: only this user may.
    func privacy(as name: String, mode: String) -> Finding? {
        if file.mode & S_IFMT == S_IFLNK {
            return .fail(name, "\(path) is a symbolic link", remedy: "name the file itself in the settings")
        }
        if !isOwn {
            return .fail(name, "\(path) belongs to \(owner)", remedy: "run this as that user, or chown it")
        }
        guard file.mode & 0o077 != 0 else { return nil }
        return .fail(name, "\(path) is open to others", remedy: "chmod \(mode) \(path)")
    }
}

/// Questions to the network of this machine.
enum PortProbe {
    /// Whether nobody listens on that port of any address.
    static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // As a server asks: connections that are closing do not count.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Whether a name's server takes a connection within three seconds for each of its addresses.
    static func answers(_ name: String, _ port: Int) -> Bool {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, String(port), &hints, &list) == 0 else { return false }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0?.pointee.ai_next }).contains { entry in
            guard let entry = entry?.pointee else { return false }
            let descriptor = socket(entry.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            var limit = timeval(tv_sec: 3, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            return connect(descriptor, entry.ai_addr, entry.ai_addrlen) == 0
        }
    }

    /// Whether a name has an address.
    static func resolves(_ name: String) -> Bool {
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, nil, &list) == 0 else { return false }
        freeaddrinfo(list)
        return true
    }
}
