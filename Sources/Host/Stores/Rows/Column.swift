package import Foundation
package import Model

/// One place of a statement that takes a value. Every function gives 0, or the engine's own code of what failed.
package protocol ColumnParameter {
    /// Binds nothing.
    func bindNull() -> CInt
    /// Binds a number.
    func bind(_ number: Int64) -> CInt
    /// Binds a text.
    func bind(_ text: String) -> CInt
    /// Binds bytes.
    func bind(_ bytes: Data) -> CInt
}

/// The row that a statement stands on. Reading is strict: nil where the column holds something else.
package protocol ColumnFields {
    /// Whether there is nothing.
    func isNull(_ index: CInt) -> Bool
    /// The number there.
    func number(_ index: CInt) -> Int64?
    /// The text there.
    func text(_ index: CInt) -> String?
    /// The bytes there.
    func bytes(_ index: CInt) -> Data?
}

/// A value that one column holds, without a value of the engine in between (docs/decisions/0011-bound-by-hand.md). Reading
/// is strict: what `bind` did not write is refused. Engines come as `any`: a generic function is not specialized for what
/// another module has (measured: a read of a line and its connection took a quarter longer).
package protocol Column {
    /// Gives what the parameter gives.
    func bind(to parameter: any ColumnParameter) -> CInt
    /// Nil where something else is stored.
    init?(_ fields: any ColumnFields, _ index: CInt)
}

extension Int64: Column {
    package func bind(to parameter: any ColumnParameter) -> CInt { parameter.bind(self) }
    package init?(_ fields: any ColumnFields, _ index: CInt) {
        guard let value = fields.number(index) else { return nil }
        self = value
    }
}

extension Int: Column {
    package func bind(to parameter: any ColumnParameter) -> CInt { parameter.bind(Int64(self)) }
    package init?(_ fields: any ColumnFields, _ index: CInt) {
        guard let value = fields.number(index) else { return nil }
        self.init(exactly: value)
    }
}

extension Bool: Column {
    package func bind(to parameter: any ColumnParameter) -> CInt { parameter.bind(self ? 1 : 0) }
    package init?(_ fields: any ColumnFields, _ index: CInt) {
        switch fields.number(index) {
        case 0: self = false
        case 1: self = true
        default: return nil
        }
    }
}

extension String: Column {
    package func bind(to parameter: any ColumnParameter) -> CInt { parameter.bind(self) }
    package init?(_ fields: any ColumnFields, _ index: CInt) {
        guard let value = fields.text(index) else { return nil }
        self = value
    }
}

extension Data: Column {
    package func bind(to parameter: any ColumnParameter) -> CInt { parameter.bind(self) }
    package init?(_ fields: any ColumnFields, _ index: CInt) {
        guard let value = fields.bytes(index) else { return nil }
        self = value
    }
}

extension Optional: Column where Wrapped: Column {
    package func bind(to parameter: any ColumnParameter) -> CInt { self?.bind(to: parameter) ?? parameter.bindNull() }
    package init?(_ fields: any ColumnFields, _ index: CInt) {
        if fields.isNull(index) {
            self = .none
        } else if let value = Wrapped(fields, index) {
            self = value
        } else {
            return nil
        }
    }
}

extension Timestamp: Column {
    package func bind(to parameter: any ColumnParameter) -> CInt { parameter.bind(milliseconds) }
    package init?(_ fields: any ColumnFields, _ index: CInt) {
        guard let milliseconds = fields.number(index) else { return nil }
        self.init(milliseconds: milliseconds)
    }
}

/// Stored in milliseconds.
extension Duration: Column {
    package func bind(to parameter: any ColumnParameter) -> CInt { parameter.bind(inMilliseconds) }
    package init?(_ fields: any ColumnFields, _ index: CInt) {
        guard let milliseconds = fields.number(index) else { return nil }
        self = .milliseconds(milliseconds)
    }
}

extension Identifier: Column {
    package func bind(to parameter: any ColumnParameter) -> CInt { parameter.bind(description) }
    package init?(_ fields: any ColumnFields, _ index: CInt) {
        guard let text = fields.text(index) else { return nil }
        self.init(text)
    }
}
