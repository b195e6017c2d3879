import ConnectorSDK
import Pipeline

/// The parameters of a query. What a route does not name is refused: a misspelt parameter must not pass for a default.
struct QueryReader {
    private let values: [String: String]

    /// - Throws: `malformed` for a broken escape, `invalid_input` for unknown and repeated parameters.
    init(_ query: String?, allowing allowed: [String]) throws(PipelineError) {
        var values: [String: String] = [:]
        for (name, value) in try Self.pairs(query) {
            guard allowed.contains(name) else {
                throw .invalid(
                    shown(name),
                    allowed.isEmpty
                        ? "this route takes no parameters" : "unknown; known are \(allowed.joined(separator: ", "))")
            }
            guard values.updateValue(value, forKey: name) == nil else { throw .invalid(name, "given twice") }
        }
        self.values = values
    }

    /// All parameters, decoded, in order.
    static func pairs(_ query: String?) throws(PipelineError) -> [(name: String, value: String)] {
        guard let query, !query.isEmpty else { return [] }
        let parts = query.utf8.split(separator: UInt8(ascii: "&"))
        guard parts.count <= 100 else { throw PipelineError(.malformed, "The query has more than 100 parameters.") }
        var pairs: [(name: String, value: String)] = []
        for part in parts {
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = formDecoded(halves[0]), let value = halves.count == 2 ? formDecoded(halves[1]) : "" else {
                throw PipelineError(.malformed, "The query holds a broken percent escape, or one that gives no UTF-8.")
            }
            pairs.append((name: name, value: value))
        }
        return pairs
    }

    /// A text without control characters; nil when the parameter is missing. An empty one is refused: in a script it
    /// stands for a variable that was not set, and must not pass for a default.
    func text(_ name: String, longest: Int = 512) throws(PipelineError) -> String? {
        try shaped(name, "1 to \(longest) characters without control characters") {
            (1...longest).contains($0.unicodeScalars.count) && WireEncoding.isSane($0)
        }
    }

    /// The same for a text of a shape of its own.
    func shaped(
        _ name: String, _ rule: String, _ isRight: (String) -> Bool
    ) throws(PipelineError) -> String? {
        guard let value = values[name] else { return nil }
        guard isRight(value) else { throw .invalid(name, rule) }
        return value
    }

    /// A whole number in decimal digits.
    func integer(_ name: String, in range: ClosedRange<Int>, default standard: Int) throws(PipelineError) -> Int {
        guard let value = values[name] else { return standard }
        let isDigits = !value.isEmpty && value.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isDigits, let number = Int(value), range.contains(number) else {
            throw .invalid(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// One of some words.
    func word<Word: RawRepresentable<String> & CaseIterable>(_ name: String, as: Word.Type) throws(PipelineError)
        -> Word?
    {
        guard let value = values[name] else { return nil }
        guard let word = Word(rawValue: value) else { throw .invalid(name, Self.oneOf(Word.self)) }
        return word
    }

    /// Some words, between commas.
    func words<Word: RawRepresentable<String> & CaseIterable & Hashable>(
        _ name: String, as: Word.Type
    ) throws(PipelineError) -> Set<Word>? {
        guard let value = values[name] else { return nil }
        var words: Set<Word> = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let word = Word(rawValue: String(part)) else { throw .invalid(name, Self.oneOf(Word.self)) }
            words.insert(word)
        }
        return words
    }

    private static func oneOf<Word: RawRepresentable<String> & CaseIterable>(_: Word.Type) -> String {
        "one of " + Word.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

/// Undoes form encoding (`%41`, `+`). Nil for a broken escape and for what is no UTF-8.
func formDecoded(_ bytes: some Sequence<UInt8>) -> String? {
    var decoded: [UInt8] = []
    var rest = bytes.makeIterator()
    while let byte = rest.next() {
        switch byte {
        case UInt8(ascii: "+"): decoded.append(0x20)
        case UInt8(ascii: "%"):
            guard let high = rest.next().flatMap(hexDigit), let low = rest.next().flatMap(hexDigit) else { return nil }
            decoded.append(high << 4 | low)
        default: decoded.append(byte)
        }
    }
    return String(validating: decoded, as: UTF8.self)
}

/// What a hexadecimal digit stands for; nil for what is none.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}

/// A name from outside as an error may repeat it: short, and without anything that is not printable ASCII.
func shown(_ name: String) -> String {
    String(name.unicodeScalars.prefix(64).map { (0x21...0x7E).contains($0.value) ? Character($0) : "?" })
}
