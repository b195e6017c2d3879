/// A regular expression that is always matched in linear time: no look-around, no back reference, no backtracking
/// (DESIGN.md §3, `pattern` and `matches`), so that neither a definition nor a provider's answer can stall the host.
///
/// Known: literals, `.`, classes, `\d \w \s \D \W \S \b \B`, groups, `|`, `* + ? {m,n}` and their lazy forms, `^ $`, and
/// `(?i)` at the start. Case is folded and classes are counted in ASCII.
public struct Pattern: Sendable, Hashable {
    /// Why a text is no pattern that can be used.
    public struct Defect: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong, as half a sentence.
        public let description: String
    }

    private let text: String
    private let foldsCase: Bool
    private let program: [Instruction]

    /// Reads a pattern of at most 1,000 characters.
    public init(_ text: String) throws(Defect) {
        self.text = text
        foldsCase = text.hasPrefix("(?i)")
        var parser = PatternParser(foldsCase ? text.dropFirst(4) : text[...])
        var program: [Instruction] = []
        try parser.parse().emit(into: &program)
        self.program = program + [.accept]
    }

    /// Steps that one character of a text takes at most.
    public var size: Int { program.count }

    /// Two patterns are equal when they are written alike.
    public static func == (left: Pattern, right: Pattern) -> Bool { left.text == right.text }
    /// Hashes the written form.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// Whether the pattern matches the whole text.
    public func matches(whole text: String) -> Bool { run(on: Array(text.unicodeScalars), anchored: true) }

    /// Whether the pattern matches somewhere in the text.
    public func matches(in text: String) -> Bool { run(on: Array(text.unicodeScalars), anchored: false) }

    enum Instruction: Sendable {
        case scalar(Set)
        case split(Int, Int)
        case jump(Int)
        case assert(Assertion)
        case accept
    }

    enum Assertion: Sendable {
        case start
        case end
        case wordBoundary
        case noWordBoundary
    }

    /// Which characters an instruction takes.
    struct Set: Sendable {
        var ranges: [ClosedRange<UInt32>]
        var isNegated = false

        init(ranges: [ClosedRange<UInt32>], isNegated: Bool = false) {
            self.ranges = ranges
            self.isNegated = isNegated
        }

        init(_ scalar: Unicode.Scalar) { ranges = [scalar.value...scalar.value] }

        func contains(_ scalar: Unicode.Scalar, foldsCase: Bool) -> Bool {
            let other =
                foldsCase && scalar.properties.isAlphabetic && scalar.isASCII ? scalar.value ^ 0x20 : scalar.value
            return ranges.contains { $0.contains(scalar.value) || $0.contains(other) } != isNegated
        }
    }

    // All states at once (Thompson): every instruction is visited at most once per character.
    private func run(on scalars: [Unicode.Scalar], anchored: Bool) -> Bool {
        var current: [Int] = []
        for position in 0...scalars.count {
            var states = States(count: program.count)
            for state in current { follow(state, at: position, in: scalars, into: &states) }
            if position == 0 || !anchored { follow(0, at: position, in: scalars, into: &states) }
            if states.isAccepted && (!anchored || position == scalars.count) { return true }
            guard position < scalars.count else { return false }
            current = states.waiting.compactMap { index in
                guard case .scalar(let set) = program[index], set.contains(scalars[position], foldsCase: foldsCase)
                else { return nil }
                return index + 1
            }
        }
        return false
    }

    private struct States {
        var seen: [Bool]
        var waiting: [Int] = []
        var isAccepted = false

        init(count: Int) { seen = Array(repeating: false, count: count) }
    }

    private func follow(_ first: Int, at position: Int, in scalars: [Unicode.Scalar], into states: inout States) {
        var open = [first]
        while let index = open.popLast() {
            guard !states.seen[index] else { continue }
            states.seen[index] = true
            switch program[index] {
            case .scalar: states.waiting.append(index)
            case .split(let left, let right): open += [right, left]
            case .jump(let target): open.append(target)
            case .assert(let assertion): if holds(assertion, at: position, in: scalars) { open.append(index + 1) }
            case .accept: states.isAccepted = true
            }
        }
    }

    private func holds(_ assertion: Assertion, at position: Int, in scalars: [Unicode.Scalar]) -> Bool {
        func isWord(_ index: Int) -> Bool {
            scalars.indices.contains(index) && PatternParser.word.contains { $0.contains(scalars[index].value) }
        }
        switch assertion {
        case .start: return position == 0
        case .end: return position == scalars.count
        case .wordBoundary: return isWord(position - 1) != isWord(position)
        case .noWordBoundary: return isWord(position - 1) == isWord(position)
        }
    }
}
