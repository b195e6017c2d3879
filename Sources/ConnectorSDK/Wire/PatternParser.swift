/// Reads a pattern's text into a tree.
struct PatternParser {
    typealias Defect = Pattern.Defect

    private let text: [Unicode.Scalar]
    private var at = 0
    private var depth = 0

    static let digit: [ClosedRange<UInt32>] = [0x30...0x39]
    static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    static let space: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20]

    init(_ text: Substring) { self.text = Array(text.unicodeScalars) }

    mutating func parse() throws(Defect) -> PatternNode {
        guard text.count <= 1_000 else { throw Defect(description: "it is longer than 1,000 characters") }
        let node = try alternatives()
        guard at == text.count else { throw Defect(description: "a ) has no (") }
        return node
    }

    private var next: Unicode.Scalar? { at < text.count ? text[at] : nil }

    private mutating func takes(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        at += 1
        return true
    }

    private mutating func alternatives() throws(Defect) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw Defect(description: "its groups are too deep") }
        var choices = [try sequence()]
        while takes("|") { choices.append(try sequence()) }
        return .choice(choices)
    }

    private mutating func sequence() throws(Defect) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            at += 1
            nodes.append(try repeated(try atom(scalar)))
        }
        return .sequence(nodes)
    }

    private mutating func atom(_ scalar: Unicode.Scalar) throws(Defect) -> PatternNode {
        switch scalar {
        case "(": return try group()
        case "[": return .one(try characterClass())
        case ".": return .one(Pattern.Set(ranges: [0x0A...0x0A], isNegated: true))
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case "*", "+", "?": throw Defect(description: "\(scalar) has nothing to repeat")
        case "\\": return try escape()
        default: return .one(Pattern.Set(scalar))
        }
    }

    private mutating func group() throws(Defect) -> PatternNode {
        if takes("?"), !takes(":") {
            throw Defect(description: "look-around and named groups are not known, only (…) and (?:…)")
        }
        let body = try alternatives()
        guard takes(")") else { throw Defect(description: "a ( has no )") }
        return body
    }

    private mutating func escape() throws(Defect) -> PatternNode {
        guard let scalar = next else { throw Defect(description: "it ends with a \\") }
        at += 1
        switch scalar {
        case "b": return .assertion(.wordBoundary)
        case "B": return .assertion(.noWordBoundary)
        default: return .one(try escaped(scalar))
        }
    }

    private func escaped(_ scalar: Unicode.Scalar) throws(Defect) -> Pattern.Set {
        switch scalar {
        case "d": return Pattern.Set(ranges: Self.digit)
        case "w": return Pattern.Set(ranges: Self.word)
        case "s": return Pattern.Set(ranges: Self.space)
        case "D": return Pattern.Set(ranges: Self.digit, isNegated: true)
        case "W": return Pattern.Set(ranges: Self.word, isNegated: true)
        case "S": return Pattern.Set(ranges: Self.space, isNegated: true)
        case "n": return Pattern.Set("\n")
        case "r": return Pattern.Set("\r")
        case "t": return Pattern.Set("\t")
        case "1"..."9", "k", "g": throw Defect(description: "back references are not known")
        case "a"..."z", "A"..."Z", "0": throw Defect(description: "\\\(scalar) is not known")
        default: return Pattern.Set(scalar)
        }
    }

    private mutating func characterClass() throws(Defect) -> Pattern.Set {
        var set = Pattern.Set(ranges: [], isNegated: takes("^"))
        repeat {
            let low = try classMember()
            guard next == "-", at + 1 < text.count, text[at + 1] != "]" else {
                set.ranges += low
                continue
            }
            at += 1
            set.ranges.append(try Self.range(from: low, to: try classMember()))
        } while next != "]"
        at += 1
        return set
    }

    private mutating func classMember() throws(Defect) -> [ClosedRange<UInt32>] {
        guard let scalar = next else { throw Defect(description: "a [ has no ]") }
        at += 1
        guard scalar == "\\" else { return Pattern.Set(scalar).ranges }
        guard let name = next else { throw Defect(description: "it ends with a \\") }
        at += 1
        let set = try escaped(name)
        guard !set.isNegated else { throw Defect(description: "\\\(name) cannot stand in a class") }
        return set.ranges
    }

    private static func range(
        from low: [ClosedRange<UInt32>], to high: [ClosedRange<UInt32>]
    ) throws(Defect) -> ClosedRange<UInt32> {
        guard low.count == 1, high.count == 1, low[0].count == 1, high[0].count == 1,
            low[0].lowerBound <= high[0].lowerBound
        else { throw Defect(description: "a class holds a range that is none") }
        return low[0].lowerBound...high[0].lowerBound
    }

    private mutating func repeated(_ atom: PatternNode) throws(Defect) -> PatternNode {
        guard let (minimum, maximum) = try quantifier() else { return atom }
        _ = takes("?")
        if let next, ["*", "+", "?"].contains(next) { throw Defect(description: "one repetition follows another") }
        return .repetition(atom, minimum: minimum, maximum: maximum)
    }

    private mutating func quantifier() throws(Defect) -> (Int, Int?)? {
        if takes("*") { return (0, nil) }
        if takes("+") { return (1, nil) }
        if takes("?") { return (0, 1) }
        guard takes("{") else { return nil }
        let minimum = number()
        let maximum = takes(",") ? number() : minimum
        let isOpen = at > 0 && text[at - 1] == ","
        guard let minimum, takes("}"), isOpen || maximum != nil, (maximum ?? minimum) >= minimum else {
            throw Defect(description: "a { does not start a repetition such as {2,5}")
        }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        var digits = ""
        while let scalar = next, "0"..."9" ~= scalar, digits.utf8.count < 4 {
            digits.unicodeScalars.append(scalar)
            at += 1
        }
        return Int(digits)
    }
}
