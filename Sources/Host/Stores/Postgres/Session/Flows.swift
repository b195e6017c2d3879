import Foundation
import Model
import StoreContract
import StoreRows

extension PostgresSession {
    func flow(_ id: FlowID) throws -> FlowRecord? { try flow("id = $1", id) }

    func flow(stateHash: Data) throws -> FlowRecord? { try flow("state_hash = $1", stateHash) }

    func flow(ticketHash: Data) throws -> FlowRecord? { try flow("ticket_hash = $1", ticketHash) }

    private func flow(_ condition: String, _ argument: any Column) throws -> FlowRecord? {
        try all(FlowRecord.self, where: condition + locking, [argument]).first
    }

    func insert(_ flow: FlowRecord) throws {
        try requireOpen(flow.organization)
        try add(flow)
    }

    func update(_ flow: FlowRecord) throws { try change(flow) }

    func isExchanging(_ connection: ConnectionID) throws -> Bool {
        try first(
            FlowRecord.self, where: "connection = $1 AND used_at IS NOT NULL AND result IS NULL", [connection]) != nil
    }

    func hasOpenFlow(_ connection: ConnectionID) throws -> Bool {
        try first(
            FlowRecord.self, where: "connection = $1 AND result IS NULL AND expires_at > $2", [connection, now]) != nil
    }

    func lastEndedFlow(of connection: ConnectionID) throws -> FlowRecord? {
        try first(
            FlowRecord.self, where: "connection = $1 AND result IS NOT NULL ORDER BY created_at DESC", [connection])
    }

    /// Alone: a grant that comes meanwhile must find its connection, or be seen here.
    func eraseFlows(endedBefore time: Timestamp, unansweredBefore longAgo: Timestamp, limit: Int) throws -> Int {
        try requireAlone()
        let ended = """
            ((flow.expires_at < $1 AND (flow.used_at IS NULL OR flow.result IS NOT NULL))
            OR (flow.result IS NOT NULL AND flow.used_at < $1) OR flow.expires_at < $2)
            """
        let flows = try rows(
            "SELECT id, connection FROM flow WHERE \(ended) ORDER BY expires_at LIMIT $3", [time, longAgo, limit],
            of: FlowRecord.table
        ) { (id: try $0.next() as FlowID, connection: try $0.next() as ConnectionID) }
        for flow in flows {
            try run(
                """
                DELETE FROM connection WHERE id = $3 AND deleted_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM flow WHERE flow.connection = connection.id AND NOT \(ended))
                AND NOT EXISTS (SELECT 1 FROM version WHERE version.connection = connection.id)
                AND NOT EXISTS (
                  SELECT 1 FROM attempt WHERE attempt.connection = connection.id
                  AND NOT (attempt.purpose = 'exchange' AND attempt.state IN ('rejected', 'not_sent')))
                """, [time, longAgo, flow.connection])
            try run("DELETE FROM flow WHERE id = $1", [flow.id])
        }
        return flows.count
    }
}
