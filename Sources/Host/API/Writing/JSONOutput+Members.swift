import Model

/// Name and value in one call. Nil is written as null; what DESIGN.md §7 marks with `?` uses `memberIfSet`.
extension JSONOutput {
    mutating func member(_ label: StaticString, _ text: String?) { member(label, text) { $0.value($1) } }
    mutating func member(_ label: StaticString, _ number: Int64?) { member(label, number) { $0.value($1) } }
    mutating func member(_ label: StaticString, _ number: Double) { member(label, number) { $0.value($1) } }
    mutating func member(_ label: StaticString, _ flag: Bool) { member(label, flag) { $0.value($1) } }
    mutating func member(_ label: StaticString, _ time: Timestamp?) { member(label, time) { $0.value($1) } }
    mutating func member(_ label: StaticString, _ texts: [String]?) { member(label, texts) { $0.value($1) } }
    mutating func member(_ label: StaticString, _ texts: [String: String]) { member(label, texts) { $0.value($1) } }
    mutating func member(_ label: StaticString, json: String) { member(label, json) { $0.raw($1) } }

    /// Left out when nil.
    mutating func memberIfSet(_ label: StaticString, _ text: String?) {
        if let text { member(label, text) }
    }

    /// A member that is an array.
    mutating func member<Element>(
        _ label: StaticString, each elements: some Sequence<Element>, _ write: (inout JSONOutput, Element) -> Void
    ) {
        name(label)
        array(elements, write)
    }

    /// A member whose value is written by a closure, or null.
    mutating func member<Value>(_ label: StaticString, _ value: Value?, _ write: (inout JSONOutput, Value) -> Void) {
        name(label)
        if let value { write(&self, value) } else { null() }
    }
}
