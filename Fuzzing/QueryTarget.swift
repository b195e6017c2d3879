import ConnectorSDK
import Foundation

/// The query of a request, of the callback above all, which a browser brings from a stranger.
enum QueryTarget: Target {
    private enum Word: String, CaseIterable {
        case active, revoked
    }

    private static let known = ["state", "code", "iss", "error", "limit", "status", "types", "after"]

    static func seeds(_ repository: URL) throws -> [[UInt8]] {
        [
            "code=abc&state=def", "code=a%2Bb+c&state=%C3%A4&iss=https%3A%2F%2Fa.example.com",
            "error=access_denied&state=x",
            "state=a&state=b", "code=%0d%0aSet-Cookie:x=y&state=", "code", "=", "&&&", "a=b=c", "%", "%4", "%zz=1",
            "limit=200&status=active&types=active,revoked&after=", "limit=+1", "limit=99999999999999999999", "x=%00",
            "code=%ED%A0%80", String(repeating: "a&", count: 120),
        ].map { Array($0.utf8) }
    }

    static func run(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let pairs = try? QueryReader.pairs(text)
        compare(pairs, text)
        if let pairs {
            let again = try? QueryReader.pairs(WireEncoding.form(pairs))
            invariant(again.map(lines) == lines(pairs), "what was read, written and read again is something else")
        }
        if let reader = try? QueryReader(text, allowing: known) { check(reader) }
        for shape in [text, String(text.prefix(64))] {
            let isSafe = shape.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            let isShaped =
                Shapes.isTicket(shape) || Shapes.isName(shape) || Shapes.isVisible(shape) || Shapes.isConnector(shape)
            invariant(isSafe || !isShaped, "a shape that lets through what is not visible")
        }
    }

    /// The same as Foundation reads in it, part by part; but it makes something of escapes that give no UTF-8.
    private static func compare(_ pairs: [(name: String, value: String)]?, _ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "&"))
        guard parts.count <= 100 else { return invariant(pairs == nil, "more pairs than are allowed") }
        guard let pairs else { return invariant(text.utf8.contains(UInt8(ascii: "%")), "refused for no reason") }
        let other = parts.map { part in
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (name: decoded(halves[0]) ?? "?", value: halves.count == 2 ? decoded(halves[1]) ?? "?" : "")
        }
        invariant(lines(pairs) == lines(other), "Foundation reads otherwise")
    }

    /// By bytes: a character may be an equals sign with an accent.
    private static func decoded(_ part: Substring.UTF8View) -> String? {
        part.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }.text.removingPercentEncoding
    }

    /// By bytes too: two spellings of one character are two values.
    private static func lines(_ pairs: [(name: String, value: String)]) -> [[UInt8]] {
        pairs.flatMap { [Array($0.name.utf8), Array($0.value.utf8)] }
    }

    private static func check(_ reader: QueryReader) {
        for name in known {
            guard let value = try? reader.text(name) else { continue }
            let isSane = value.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            invariant(isSane && (1...512).contains(value.unicodeScalars.count), "a text with control characters")
        }
        if let limit = try? reader.integer("limit", in: 1...200, default: 50) {
            invariant((1...200).contains(limit), "a limit outside its range")
        }
        _ = try? reader.word("status", as: Word.self)
        _ = try? reader.words("types", as: Word.self)
    }
}
