/// A JSON value whose members keep their order: what the OpenAPI document is made of. Written as Swift literals.
indirect enum OrderedJSON: Sendable, Equatable {
    struct Member: Sendable, Equatable {
        let name: String
        let value: OrderedJSON
    }

    case null
    case flag(Bool)
    case number(Int64)
    case text(String)
    case list([OrderedJSON])
    case object([Member])

    /// The members of an object; none of anything else.
    var members: [Member] { if case .object(let members) = self { members } else { [] } }

    /// The value of that name.
    subscript(name: String) -> OrderedJSON? { members.first { $0.name == name }?.value }

    /// An object with one more member; nil adds nothing.
    func adding(_ name: String, _ value: OrderedJSON?) -> OrderedJSON {
        guard let value else { return self }
        return .object(members + [Member(name: name, value: value)])
    }
}

extension OrderedJSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(integerLiteral value: Int64) { self = .number(value) }
    init(nilLiteral: ()) { self = .null }
    init(arrayLiteral elements: OrderedJSON...) { self = .list(elements) }
    init(dictionaryLiteral members: (String, OrderedJSON)...) {
        self = .object(members.map { Member(name: $0.0, value: $0.1) })
    }

    /// A list of texts.
    static func texts(_ texts: some Sequence<String>) -> OrderedJSON { .list(texts.map { .text($0) }) }
}

extension OrderedJSON {
    /// Indented by two spaces, a newline at the end.
    var document: String {
        var text = ""
        write(to: &text, indent: "\n")
        return text + "\n"
    }

    private func write(to text: inout String, indent: String) {
        switch self {
        case .null: text += "null"
        case .flag(let flag): text += flag ? "true" : "false"
        case .number(let number): text += String(number)
        case .text(let value): Self.quote(value, to: &text)
        case .list(let elements):
            Self.group("[", elements, "]", to: &text, indent) { $0.write(to: &$1, indent: $2) }
        case .object(let members):
            Self.group("{", members, "}", to: &text, indent) { member, text, indent in
                Self.quote(member.name, to: &text)
                text += ": "
                member.value.write(to: &text, indent: indent)
            }
        }
    }

    private static func group<Element>(
        _ open: String, _ elements: [Element], _ close: String, to text: inout String, _ indent: String,
        _ write: (Element, inout String, String) -> Void
    ) {
        text += open
        for (index, element) in elements.enumerated() {
            text += (index == 0 ? "" : ",") + indent + "  "
            write(element, &text, indent + "  ")
        }
        text += (elements.isEmpty ? "" : indent) + close
    }

    private static func quote(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}": text += escape(scalar)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
