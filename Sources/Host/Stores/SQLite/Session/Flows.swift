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

    func insert(_ flow: FlowRecord) throws { try add(flow) }

    func update(_ flow: FlowRecord) throws { try change(flow) }

    func eraseFlows(endedBefore time: Timestamp) throws {
        try run("DELETE FROM flow WHERE expires_at < ?", [time])
        try run("DELETE FROM flow WHERE result IS NOT NULL AND used_at < ?", [time])
    }
}
