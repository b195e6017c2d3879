import Foundation

/// Bytes in which no two lists of fields look alike: each field is marked present or absent and prefixed with its length.
struct LengthPrefixed {
    private(set) var bytes = Data()

    /// Starts with a label that says what is encoded, so that encodings for different purposes never meet.
    init(_ label: String, _ fields: [String?] = []) {
        append(label)
        for field in fields { append(field) }
    }

    /// One field; nil differs from the empty text.
    mutating func append(_ field: String?) {
        guard let field else { return bytes.append(0) }
        bytes.append(1)
        let text = Array(field.utf8)
        withUnsafeBytes(of: UInt32(text.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: text)
    }
}
