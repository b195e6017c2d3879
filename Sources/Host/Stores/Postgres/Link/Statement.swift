import Foundation
import StoreRows

/// One SQL statement and the values of its parameters.
struct Statement {
    /// With `$1`, `$2`, …; the server finds out their types.
    let sql: String
    let arguments: [BoundValue]

    init(_ sql: String, _ arguments: [any Column] = []) {
        self.sql = sql
        self.arguments = arguments.map { argument in
            let value = Argument()
            _ = argument.bind(to: value)
            return value.bound
        }
    }
}

extension Statement {
    /// The same for a write that has to meet a row: the server itself refuses what meets none, before any COMMIT that
    /// stands behind it in the same flight.
    var requiringOneRow: Statement {
        Statement(sql: "WITH met AS (\(sql) RETURNING 1) SELECT 1 / count(*) FROM met", arguments: arguments)
    }

    init(sql: String, arguments: [BoundValue]) {
        self.sql = sql
        self.arguments = arguments
    }
}

/// A value as it goes over the wire.
enum BoundValue {
    case null
    /// Numbers too: the server reads them as the type that the place has.
    case text(String)
    case bytes(Data)
}

/// Takes the value of one parameter.
private final class Argument: ColumnParameter {
    var bound = BoundValue.null

    func bindNull() -> CInt { 0 }

    func bind(_ number: Int64) -> CInt {
        bound = .text("\(number)")
        return 0
    }

    func bind(_ text: String) -> CInt {
        bound = .text(text)
        return 0
    }

    func bind(_ bytes: Data) -> CInt {
        bound = .bytes(bytes)
        return 0
    }
}

/// The values of one statement in the arrays that libpq takes.
struct WireValues {
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []
    private var lengths: [CInt] = []
    private var formats: [CInt] = []

    init(_ values: [BoundValue]) {
        for value in values {
            switch value {
            case .null: add(nil, format: 0)
            case .text(let text): add(Array(text.utf8), format: 0)
            case .bytes(let data): add(Array(data), format: 1)
            }
        }
    }

    private mutating func add(_ value: [UInt8]?, format: CInt) {
        offsets.append(value == nil ? nil : bytes.count)
        lengths.append(CInt(clamping: value?.count ?? 0))
        formats.append(format)
        bytes += value ?? []
        // Texts end with a zero; an empty value needs an address, or it would be NULL.
        bytes.append(0)
    }

    /// Lends the arrays: count, values, lengths, formats.
    func lend<Result>(
        _ body: (CInt, [UnsafePointer<CChar>?], [CInt], [CInt]) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } }
            return body(CInt(offsets.count), values, lengths, formats)
        }
    }
}
