import ConnectorSDK

extension JSONValue {
    /// The longest value that is captured, in bytes (DESIGN.md §3).
    private static let longestCapture = 4 * 1024

    /// What pointers lead to, by name: scalars of at most 4 KiB. Whatever is no such value is left out.
    func captured(by pointers: [String: JSONPointer]) -> [String: String] {
        pointers.compactMapValues { pointer in
            guard let text = self[pointer]?.scalarText, !text.isEmpty else { return nil }
            return text.utf8.count <= Self.longestCapture ? text : nil
        }
    }
}
