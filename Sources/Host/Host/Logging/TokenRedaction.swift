/// Takes out of a text what looks like a token. Belt and braces: nothing of the kind should get this far (SECURITY 12, 56).
enum TokenRedaction {
    /// The text with `‹redacted›` in place of each token-shaped part.
    static func redact(_ text: String) -> String {
        var text = text
        let spans = text.withUTF8(spans)
        guard !spans.isEmpty else { return text }
        let bytes = Array(text.utf8)
        var shown: [UInt8] = []
        var done = 0
        for span in spans {
            shown += bytes[done..<span.lowerBound]
            shown += Array("‹redacted›".utf8)
            done = span.upperBound
        }
        return String(decoding: shown + bytes[done...], as: UTF8.self)
    }

    /// How a token starts, and how many token characters must follow for it to be one.
    private struct Shape {
        let prefix: [UInt8]
        let least: Int
        /// The prefix stays readable: it is the name of a scheme.
        let keepsPrefix: Bool

        init(_ prefix: String, least: Int, keepsPrefix: Bool = false) {
            self.prefix = Array(prefix.utf8)
            self.least = least
            self.keepsPrefix = keepsPrefix
        }
    }

    private static let shapes = [
        Shape("sandbox_at_", least: 1), Shape("sandbox_rt_", least: 1), Shape("sandbox_code_", least: 1),
        // A JWT: the base64url of `{"`.
        Shape("eyJ", least: 10),
        // Google's access tokens, refresh tokens and codes.
        Shape("ya29.", least: 4), Shape("1//0", least: 8), Shape("4/0", least: 16),
        // GitHub's.
        Shape("gho_", least: 8), Shape("ghu_", least: 8), Shape("ghr_", least: 8), Shape("ghp_", least: 8),
        Shape("ghs_", least: 8), Shape("github_pat_", least: 8),
        // Dropbox's.
        Shape("sl.", least: 16),
        // Slack's.
        Shape("xoxb-", least: 8), Shape("xoxp-", least: 8), Shape("xoxe", least: 8),
        Shape("Bearer ", least: 1, keepsPrefix: true), Shape("bearer ", least: 1, keepsPrefix: true),
        Shape("Basic ", least: 8, keepsPrefix: true), Shape("basic ", least: 8, keepsPrefix: true),
    ]
    /// Whether a shape starts with that byte: asked for every byte of every line.
    private static let firstBytes = (UInt8.min...UInt8.max).map { byte in shapes.contains { $0.prefix[0] == byte } }

    private static func spans(_ bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        var index = 0
        while index < bytes.count {
            guard firstBytes[Int(bytes[index])], index == 0 || !isWord(bytes[index - 1]),
                let span = span(bytes, at: index)
            else {
                index += 1
                continue
            }
            spans.append(span)
            index = span.upperBound
        }
        return spans
    }

    private static func span(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Range<Int>? {
        for shape in shapes where bytes[start...].starts(with: shape.prefix) {
            let body = start + shape.prefix.count
            var end = body
            while end < bytes.count, isToken(bytes[end]) { end += 1 }
            if end - body >= shape.least { return (shape.keepsPrefix ? body : start)..<end }
        }
        return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// RFC 6750 §2.1 `b64token`, and `%` for what was percent-encoded.
    private static func isToken(_ byte: UInt8) -> Bool {
        isWord(byte) || "-._~+/=%".utf8.contains(byte)
    }
}
