import Foundation
import Model

/// The files of one host's chain: `<host>.<number of the first link>.log`, in the order of their numbers.
struct AuditFolder: Sendable {
    let path: String
    let host: HostID

    /// The segments there are, first one first.
    func segments() throws -> [Segment] {
        try Self.names(in: path).compactMap(segment).sorted { $0.first < $1.first }
    }

    /// The hosts that have files in a folder.
    static func hosts(in path: String) throws -> [HostID] {
        let hosts = try names(in: path).compactMap { name -> HostID? in
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count >= 3, parts.last == "log", Int64(parts[parts.count - 2]) != nil else { return nil }
            return HostID(parts.dropLast(2).joined(separator: "."))
        }
        return Set(hosts).sorted()
    }

    /// None where there is no folder: then there is no chain yet, or it was taken away.
    private static func names(in path: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path)
    }

    /// The segment that begins with that link.
    func segment(from first: Int64) -> Segment {
        let digits = String(first)
        let padded = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
        return Segment(name: "\(host).\(padded).log", first: first, folder: path)
    }

    /// A file of the chain.
    struct Segment: Sendable, Hashable {
        let name: String
        let first: Int64
        fileprivate let folder: String

        fileprivate init(name: String, first: Int64, folder: String) {
            self.name = name
            self.first = first
            self.folder = folder
        }

        var path: String { folder + "/" + name }
    }

    private func segment(_ name: String) -> Segment? {
        guard name.hasPrefix("\(host)."), name.hasSuffix(".log") else { return nil }
        guard let first = Int64(name.dropFirst("\(host).".count).dropLast(".log".count)) else { return nil }
        return Segment(name: name, first: first, folder: path)
    }
}
