import Foundation
import Glibc
import Secrets

/// The file of an import, line by line: JSON lines as any system can write them, or an export of another host.
struct ImportSource {
    struct Line {
        /// From 1; of an export the place of the connection in it.
        let number: Int
        /// Nil: longer than a line may be.
        let bytes: Data?
    }

    private enum Form {
        case plain(FileHandle)
        case sealed(ExportReader)
    }

    /// A line is no longer than the body of a request.
    private static let longest = 1 << 20
    private let size: Int
    private var form: Form
    private var buffer = Data()
    private var queue: ArraySlice<Data> = []
    private var number = 0
    private var done = 0
    private var isAtEnd = false
    /// What is left of a line that is too long.
    private var isSkipping = false

    /// An export is read once from beginning to end before anything is made of it.
    /// - Parameter key: the file of the private key, for an export.
    /// - Throws: `AdminProblem` where file and key do not fit.
    init(_ path: String, key: String?) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw AdminProblem("invalid_input", "\(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        let isSealed = try handle.read(upToCount: ExportHeader.magic.count) == ExportHeader.magic
        size = Int(try handle.seekToEnd())
        try handle.seek(toOffset: 0)
        switch (isSealed, key) {
        case (true, let key?):
            try handle.close()
            form = .sealed(try Self.whole(path, try Self.key(key)))
        case (true, nil):
            throw AdminProblem("invalid_input", "\(path) is a sealed export; name the file of its key with --key.")
        case (false, _?):
            throw AdminProblem("invalid_input", "\(path) is no sealed export; leave --key out to read JSON lines.")
        case (false, nil): form = .plain(handle)
        }
    }

    private static func key(_ path: String) throws -> ImportKey {
        do { return try ImportKey(reading: path) } catch { throw AdminProblem("invalid_input", "\(error)") }
    }

    private static func whole(_ path: String, _ key: ImportKey) throws -> ExportReader {
        do {
            var whole = try ExportReader(reading: path, with: key)
            while try whole.next() != nil {}
            return try ExportReader(reading: path, with: key)
        } catch let error as SecretsError {
            throw AdminProblem(error.code == .wrongKey ? "invalid_input" : "refused", error.description)
        }
    }

    /// How far it is, from 0 to 1.
    var part: Double {
        switch form {
        case .plain: size == 0 ? 1 : min(1, Double(done) / Double(size))
        case .sealed(let reader): reader.part
        }
    }

    /// The next line that holds something; nil at the end.
    mutating func next() throws -> Line? {
        switch form {
        case .plain(let handle): return try nextPlain(handle)
        case .sealed(var reader):
            while queue.isEmpty {
                guard let more = try reader.next() else { return nil }
                form = .sealed(reader)
                queue = more[...]
            }
            number += 1
            return queue.popFirst().map { Line(number: number, bytes: $0) }
        }
    }

    private mutating func nextPlain(_ handle: FileHandle) throws -> Line? {
        while true {
            while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let bytes = Data([UInt8](buffer[..<end]))
                buffer = Data([UInt8](buffer[(end + 1)...]))
                if let line = line(bytes) { return line }
            }
            if isAtEnd {
                let rest = buffer
                buffer = Data()
                return rest.isEmpty && !isSkipping ? nil : line(rest)
            }
            if buffer.count > Self.longest {
                buffer = Data()
                isSkipping = true
            }
            let more = try handle.read(upToCount: 1 << 16) ?? Data()
            isAtEnd = more.isEmpty
            done += more.count
            buffer += more
        }
    }

    /// Nil for one that is blank.
    private mutating func line(_ bytes: Data) -> Line? {
        defer { isSkipping = false }
        number += 1
        if isSkipping || bytes.count > Self.longest { return Line(number: number, bytes: nil) }
        let isBlank = bytes.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
        return isBlank ? nil : Line(number: number, bytes: bytes)
    }
}
