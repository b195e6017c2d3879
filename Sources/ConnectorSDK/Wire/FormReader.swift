/// Reads `application/x-www-form-urlencoded` text out of a provider's bytes.
public enum FormReader {
    /// The fields by name; of repeated names the last one counts. Nil when a byte is there that no encoder writes, when
    /// an escape is broken or gives no UTF-8, and when there are more than 500 fields.
    public static func read(_ bytes: some Sequence<UInt8>) -> [String: String]? {
        let bytes = Array(bytes)
        guard bytes.count <= JSONReader.longest,
            bytes.allSatisfy({ (0x21...0x7E).contains($0) && !"\"<>\\".utf8.contains($0) })
        else { return nil }
        let pairs = bytes.split(separator: UInt8(ascii: "&"))
        guard pairs.count <= 500 else { return nil }
        var fields: [String: String] = [:]
        for pair in pairs {
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(halves[0]), let value = halves.count == 2 ? decode(halves[1]) : "" else {
                return nil
            }
            fields[name] = value
        }
        return fields
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        let spaced = bytes.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
        return WireEncoding.percentDecoded(spaced).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
