import Foundation
import Model

/// The files of one host's chain: `<host>.<number of the first link>.log`, in the order of their numbers.
struct AuditFolder: Sendable {
    let path: String
    let host: HostID

    /// The segments there are, first one first.
    func segments() throws -> [Segment] {
        try FileManager.default.contentsOfDirectory(atPath: path).compactMap(segment).sorted { $0.first < $1.first }
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
