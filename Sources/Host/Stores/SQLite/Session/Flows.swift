import Foundation
import Model
import StoreContract

extension SQLiteSession {
    func flow(_ id: FlowID) throws -> FlowRecord? { try first(FlowRecord.self, where: "id = ?", [id]) }

    func flow(stateHash: Data) throws -> FlowRecord? {
        try first(FlowRecord.self, where: "state_hash = ?", [stateHash])
    }

    func flow(ticketHash: Data) throws -> FlowRecord? {
        try first(FlowRecord.self, where: "ticket_hash = ?", [ticketHash])
    }

    func insert(_ flow: FlowRecord) throws {
        try requireOpen(flow.organization)
        try add(flow)
    }

    func update(_ flow: FlowRecord) throws { try change(flow) }

    func isExchanging(_ connection: ConnectionID) throws -> Bool {
        try first(
            FlowRecord.self, where: "connection = ? AND used_at IS NOT NULL AND result IS NULL", [connection]) != nil
    }

    func flowsToPoll(limit: Int) throws -> [FlowRecord] {
        try all(
            FlowRecord.self, where: "poll_at <= ? AND result IS NULL ORDER BY poll_at LIMIT ?", [now, limit])
    }

    func eraseFlows(endedBefore time: Timestamp, unansweredBefore longAgo: Timestamp) throws {
        let ended = """
            ((flow.expires_at < ?1 AND (flow.used_at IS NULL OR flow.result IS NOT NULL))
            OR (flow.result IS NOT NULL AND flow.used_at < ?1) OR flow.expires_at < ?2)
            """
        try run(
            """
            DELETE FROM connection WHERE id IN (SELECT connection FROM flow WHERE \(ended)) AND deleted_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM flow WHERE flow.connection = connection.id AND NOT \(ended))
            AND NOT EXISTS (SELECT 1 FROM version WHERE version.connection = connection.id)
            AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.connection = connection.id)
            """, [time, longAgo])
        try run("DELETE FROM flow WHERE \(ended)", [time, longAgo])
    }
}
