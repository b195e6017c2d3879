/// SPIFFE IDs: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md (checked 2026-11-29). Compared byte for
/// byte, so only the one way of writing one is taken.
enum WorkloadURI {
    /// Bytes; shorter than the standard allows, so that it fits where a caller's name stands.
    static let longest = 255

    static func isValid(_ text: String) -> Bool {
        let scheme = "spiffe://"
        guard text.utf8.count <= longest, text.hasPrefix(scheme) else { return false }
        let parts = text.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        guard let domain = parts.first, !domain.isEmpty, domain.utf8.allSatisfy(isDomain), parts.count > 1 else {
            return false
        }
        return parts.dropFirst().allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy { isDomain($0) || isUpper($0) }
        }
    }

    private static func isDomain(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || "-._".utf8.contains(byte)
    }

    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
}
