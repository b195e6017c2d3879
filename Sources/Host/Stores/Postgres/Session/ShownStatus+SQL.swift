import Model
import StoreContract
import StoreRows

extension ShownStatus {
    /// What is shown of a row of `connection`. An unreadable state is no status.
    /// - Parameter time: The place of the argument that is the time.
    static func sql(time: String) -> String {
        let hidden = ConnectionStatus.hiddenWhenDisabled.map { "\(number(of: $0))" }.joined(separator: ", ")
        let off = """
            EXISTS (SELECT 1 FROM disabled_connector off
            WHERE off.organization = connection.organization AND off.connector = connection.connector)
            """
        return """
            (SELECT CASE WHEN shown IN (\(hidden)) AND \(off) THEN \(number(of: .disabled)) ELSE shown END FROM (
            SELECT CASE connection.step_status
              WHEN 'pending' THEN CASE WHEN worst IN (\(hidden)) THEN \(number(of: .pending)) ELSE worst END
              WHEN 'degraded' THEN LEAST(worst, \(number(of: .degraded)))
              WHEN 'needs_reauthorization' THEN LEAST(worst, \(number(of: .needsReauthorization)))
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
