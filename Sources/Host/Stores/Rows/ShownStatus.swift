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

    /// What is shown of a row of `connection`. An unreadable state is no status.
    /// - Parameters:
    ///   - time: The place of the argument that is the time.
    ///   - least: The engine's function that gives the smaller of two numbers.
    package static func sql(time: String, least: String) -> String {
        let hidden = ConnectionStatus.hiddenWhenDisabled.map { "\(number(of: $0))" }.joined(separator: ", ")
        let off = """
            EXISTS (SELECT 1 FROM disabled_connector off
            WHERE off.organization = connection.organization AND off.connector = connection.connector)
            """
        return """
            (SELECT CASE WHEN shown IN (\(hidden)) AND \(off) THEN \(number(of: .disabled)) ELSE shown END FROM (
            SELECT CASE connection.step_status
              WHEN 'pending' THEN CASE WHEN worst IN (\(hidden)) THEN \(number(of: .pending)) ELSE worst END
              WHEN 'degraded' THEN \(least)(worst, \(number(of: .degraded)))
              WHEN 'needs_reauthorization' THEN \(least)(worst, \(number(of: .needsReauthorization)))
              ELSE worst END AS shown FROM (
            SELECT COALESCE(MIN(\(line(time))), \(number(of: .pending))) AS worst FROM line
            WHERE line.connection = connection.id) AS lines) AS stepped)
            """
    }

    /// `Line.status(at:)` of one row of `line`.
    private static func line(_ time: String) -> String {
        """
        CASE
          WHEN state IN ('active', 'degraded') AND expired_at <= \(time) THEN \(number(of: .expired))
          WHEN state = 'active' THEN \(number(of: .active))
          WHEN state = 'degraded' THEN \(number(of: .degraded))
          WHEN state = 'pending' THEN \(number(of: .pending))
          WHEN state = 'recovering' THEN \(number(of: .recovering))
          WHEN state = 'suspect' THEN \(number(of: .suspect))
          WHEN state = 'revoked' THEN \(number(of: .revoked))
          WHEN state = 'verify' THEN \(number(of: .verify))
          WHEN state LIKE 'needs_reauthorization:%' THEN \(number(of: .needsReauthorization))
          ELSE -1
        END
        """
    }
}
