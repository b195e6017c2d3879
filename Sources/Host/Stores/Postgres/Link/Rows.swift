import CPQ
import Foundation
import StoreRows

/// What the server answered to one statement.
///
/// A result belongs to the thread that asked and is freed with its last reader.
final class Rows {
    private let raw: OpaquePointer

    init(_ raw: OpaquePointer) { self.raw = raw }

    deinit { PQclear(raw) }

    var count: Int { Int(PQntuples(raw)) }

    /// Rows that were inserted, updated or deleted.
    var changed: Int { Int(String(cString: PQcmdTuples(raw))) ?? 0 }

    /// Such as `COMMIT`.
    var command: String { String(cString: PQcmdStatus(raw)) }

    subscript(row: Int) -> RowFields { RowFields(rows: self, row: CInt(row)) }

    fileprivate func isNull(_ row: CInt, _ index: CInt) -> Bool { PQgetisnull(raw, row, index) == 1 }

    /// The bytes of a field, if its type is one of these.
    fileprivate func value(_ row: CInt, _ index: CInt, _ types: [Oid]) -> UnsafeBufferPointer<UInt8>? {
        guard index < PQnfields(raw), PQgetisnull(raw, row, index) == 0, types.contains(PQftype(raw, index)),
            let start = PQgetvalue(raw, row, index)
        else { return nil }
        let count = Int(PQgetlength(raw, row, index))
        return UnsafeRawBufferPointer(start: start, count: count).assumingMemoryBound(to: UInt8.self)
    }
}

/// One row; values come in the server's binary form.
struct RowFields: ColumnFields {
    fileprivate let rows: Rows
    fileprivate let row: CInt

    // pg_type.dat: int2, int4, int8; name, text, varchar; bytea.
    private static let numbers: [Oid] = [21, 23, 20]
    private static let texts: [Oid] = [19, 25, 1043]
    private static let byteStrings: [Oid] = [17]

    func isNull(_ index: CInt) -> Bool { rows.isNull(row, index) }

    func number(_ index: CInt) -> Int64? {
        guard let bytes = rows.value(row, index, Self.numbers) else { return nil }
        let bits = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch bytes.count {
        case 2: return Int64(Int16(truncatingIfNeeded: bits))
        case 4: return Int64(Int32(truncatingIfNeeded: bits))
        default: return Int64(bitPattern: bits)
        }
    }

    func text(_ index: CInt) -> String? {
        rows.value(row, index, Self.texts).map { String(decoding: $0, as: UTF8.self) }
    }

    func bytes(_ index: CInt) -> Data? { rows.value(row, index, Self.byteStrings).map { Data($0) } }
}
