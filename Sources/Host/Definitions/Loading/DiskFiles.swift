import Glibc

/// Definition files on the disk, under whatever names strangers put there. Links are followed: container platforms mount
/// configuration through them.
package struct DiskFiles: DefinitionFiles {
    package init() {}

    package func names(in folder: String, most: Int) throws(FileProblem) -> [String] {
        guard let stream = opendir(folder) else { throw FileProblem(errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count <= most, let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    package func stamp(of path: String) -> FileStamp? {
        var status = stat()
        return stat(path, &status) == 0 ? FileStamp(status) : nil
    }

    package func read(_ path: String, most: Int) throws(FileProblem) -> FileContents {
        // Opening a device may do something, and opening a pipe waits: so look first. Whoever swaps the file in between
        // meets O_NONBLOCK and the second look.
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileProblem(errno: errno) }
        try Self.refuse(status, most)
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { throw FileProblem(errno: errno) }
        defer { close(file) }
        guard fstat(file, &status) == 0 else { throw FileProblem(errno: errno) }
        try Self.refuse(status, most)
        let stamp = FileStamp(status)
        let bytes = try Self.bytes(of: file, size: stamp.size, most)
        return FileContents(bytes: bytes, stamp: stamp, isSettled: Self.now - stamp.changed > Self.settling)
    }

    /// Nanoseconds; the coarsest file system in use (FAT) counts in two seconds.
    private static let settling = 3_000_000_000

    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.nanoseconds
    }

    private static func refuse(_ status: stat, _ most: Int) throws(FileProblem) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: if status.st_size > most { throw .tooLarge(Int(status.st_size)) }
        case S_IFDIR: throw .folder
        default: throw .special
        }
    }

    /// To the end of the file, which may have grown meanwhile.
    private static func bytes(of file: Int32, size: Int, _ most: Int) throws(FileProblem) -> [UInt8] {
        var bytes: [UInt8] = []
        var capacity = size + 1
        while true {
            var (count, code): (Int, Int32) = (0, 0)
            let chunk = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                repeat { count = Glibc.read(file, buffer.baseAddress, buffer.count) } while count < 0 && errno == EINTR
                code = errno
                initialized = max(count, 0)
            }
            if count < 0 { throw FileProblem(errno: code) }
            if count == 0 { return bytes }
            bytes += chunk
            if bytes.count > most { throw .tooLarge(bytes.count) }
            capacity = 4096
        }
    }
}

extension FileStamp {
    init(_ status: stat) {
        self.init(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
            written: status.st_mtim.nanoseconds, changed: status.st_ctim.nanoseconds)
    }
}

extension FileProblem {
    init(errno code: Int32) {
        switch code {
        case ENOENT: self = .missing
        case ELOOP: self = .loop
        case EACCES, EPERM: self = .forbidden
        case ENOTDIR: self = .missing
        case ENXIO, ENODEV: self = .special
        default: self = .failed(code)
        }
    }
}

extension timespec {
    fileprivate var nanoseconds: Int { tv_sec * 1_000_000_000 + tv_nsec }
}
