import Foundation
import Glibc

/// A stream socket of this machine that carries lines. Its calls block: make them from threads that may wait.
struct UnixSocket: Sendable {
    private let descriptor: Int32

    /// Why the other side is not there.
    struct Failure: Error, CustomStringConvertible {
        let description: String
        /// Nobody listens at the path: there is none, or its process has ended.
        var isAbsence = false
    }

    /// Listens at a path, for this user alone. What stands there is replaced: whoever calls knows that its owner is
    /// dead.
    static func listening(at path: String) throws -> UnixSocket {
        let socket = try make()
        unlink(path)
        let isBound = try withAddress(path) { bind(socket.descriptor, $0, $1) == 0 }
        guard isBound, chmod(path, 0o600) == 0, listen(socket.descriptor, 16) == 0 else {
            let reason = String(cString: strerror(errno))
            socket.close()
            throw Failure(description: "\(path): \(reason)")
        }
        return socket
    }

    static func connected(to path: String) throws -> UnixSocket {
        let socket = try make()
        let isConnected = try withAddress(path) { connect(socket.descriptor, $0, $1) == 0 }
        guard isConnected else {
            let code = errno
            socket.close()
            throw Failure(
                description: "\(path): \(String(cString: strerror(code)))",
                isAbsence: code == ENOENT || code == ECONNREFUSED)
        }
        return socket
    }

    /// The next one who connects; nil once it was shut down.
    func accepted() -> UnixSocket? {
        while true {
            let visitor = accept(descriptor, nil, nil)
            if visitor >= 0 {
                _ = fcntl(visitor, F_SETFD, FD_CLOEXEC)
                return UnixSocket(descriptor: visitor)
            }
            guard errno == EINTR || errno == ECONNABORTED || errno == EMFILE else { return nil }
            if errno == EMFILE { usleep(100_000) }
        }
    }

    /// The user at the other end, as the kernel says; nil if it does not.
    var peer: uid_t? {
        // struct ucred: pid, uid, gid (https://man7.org/linux/man-pages/man7/unix.7.html, SO_PEERCRED).
        var credentials: (pid_t, uid_t, gid_t) = (0, .max, .max)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else { return nil }
        return credentials.1
    }

    /// How long a read or write may wait.
    func limit(to seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// Bytes that are there, at most so many; empty at the end.
    func receive(_ most: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: most)
        while true {
            let count = recv(descriptor, &bytes, most, 0)
            if count >= 0 { return Array(bytes.prefix(count)) }
            guard errno == EINTR else { throw Failure(description: String(cString: strerror(errno))) }
        }
    }

    func send(line: String) throws {
        let bytes = Array((line + "\n").utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(description: String(cString: strerror(errno))) }
            done += count
        }
    }

    /// Ends whatever waits on it.
    func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func close() { Glibc.close(descriptor) }

    private static func make() throws -> UnixSocket {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: String(cString: strerror(errno))) }
        return UnixSocket(descriptor: descriptor)
    }

    private static func withAddress<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) throws -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        let isShort = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard name.count < place.count else { return false }
            place.copyBytes(from: name)
            return true
        }
        guard isShort else {
            throw Failure(description: "\(path) is longer than a socket's path may be; start in a folder nearer to it")
        }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
