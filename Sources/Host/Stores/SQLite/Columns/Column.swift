import Foundation
import Model

/// A value that one column holds. Reading is strict: what `bind` did not write is refused.
protocol Column {
    /// Gives SQLite's result code.
    func bind(to parameter: Parameter) -> CInt
    init?(_ fields: Fields, _ index: CInt)
}

extension Int64: Column {
    func bind(to parameter: Parameter) -> CInt { parameter.bind(self) }
    init?(_ fields: Fields, _ index: CInt) {
        guard let value = fields.number(index) else { return nil }
        self = value
    }
}

extension Int: Column {
    func bind(to parameter: Parameter) -> CInt { parameter.bind(Int64(self)) }
    init?(_ fields: Fields, _ index: CInt) {
        guard let value = fields.number(index) else { return nil }
        self.init(exactly: value)
    }
}

extension Bool: Column {
    func bind(to parameter: Parameter) -> CInt { parameter.bind(self ? 1 : 0) }
    init?(_ fields: Fields, _ index: CInt) {
        switch fields.number(index) {
        case 0: self = false
        case 1: self = true
        default: return nil
        }
    }
}

extension String: Column {
    func bind(to parameter: Parameter) -> CInt { parameter.bind(self) }
    init?(_ fields: Fields, _ index: CInt) {
        guard let value = fields.text(index) else { return nil }
        self = value
    }
}

extension Data: Column {
    func bind(to parameter: Parameter) -> CInt { parameter.bind(self) }
    init?(_ fields: Fields, _ index: CInt) {
        guard let value = fields.bytes(index) else { return nil }
        self = value
    }
}

extension Optional: Column where Wrapped: Column {
    func bind(to parameter: Parameter) -> CInt { self?.bind(to: parameter) ?? parameter.bindNull() }
    init?(_ fields: Fields, _ index: CInt) {
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
    func bind(to parameter: Parameter) -> CInt { parameter.bind(milliseconds) }
    init?(_ fields: Fields, _ index: CInt) {
        guard let milliseconds = fields.number(index) else { return nil }
        self.init(milliseconds: milliseconds)
    }
}

/// Stored in milliseconds.
extension Duration: Column {
    func bind(to parameter: Parameter) -> CInt { parameter.bind(inMilliseconds) }
    init?(_ fields: Fields, _ index: CInt) {
        guard let milliseconds = fields.number(index) else { return nil }
        self = .milliseconds(milliseconds)
    }
}

extension Identifier: Column {
    func bind(to parameter: Parameter) -> CInt { parameter.bind(description) }
    init?(_ fields: Fields, _ index: CInt) {
        guard let text = fields.text(index) else { return nil }
        self.init(text)
    }
}
