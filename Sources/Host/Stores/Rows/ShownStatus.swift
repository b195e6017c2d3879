package import Model
import StoreContract

/// `ConnectionStatus` in SQL: a number by `worstFirst`, so that the worst line is the smallest.
package enum ShownStatus {
    /// Its number.
    package static func number(of status: ConnectionStatus) -> Int {
        ConnectionStatus.worstFirst.firstIndex(of: status) ?? ConnectionStatus.worstFirst.count
    }

    /// - Throws: `StoreError.Code.corrupt` for a number that is none.
    package static func status(_ number: Int) throws -> ConnectionStatus {
        guard ConnectionStatus.worstFirst.indices.contains(number) else {
            throw StoreError(.corrupt, "table line, column state cannot be read")
        }
        return ConnectionStatus.worstFirst[number]
    }
}
