extension JSONValue {
    /// The text of a string, number or boolean; nil for everything else.
    public var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// The finite number that a number or a string of digits holds, spaces around it forgiven.
    public var decimal: Double? {
        guard case .string(let text) = self else { return finite }
        return (try? JSONReader.read(text.utf8))?.finite
    }

    private var finite: Double? {
        guard case .number(let digits) = self, let number = Double(digits), number.isFinite else { return nil }
        return number
    }

    /// Whether this says nothing: null, false, zero, or an empty string, array or object. Providers write
    /// `"error": ""` and `"error": null` beside good tokens.
    public var isVacant: Bool {
        switch self {
        case .null: true
        case .bool(let flag): !flag
        case .number: decimal == 0
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        }
    }

    /// Whether this is the same scalar as another, numbers compared by what they are worth.
    public func isSame(as other: JSONValue) -> Bool {
        if case .number = self, case .number = other { return finite != nil && finite == other.finite }
        return self == other
    }
}
