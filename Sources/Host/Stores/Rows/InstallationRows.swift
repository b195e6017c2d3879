import Foundation
package import Model
package import StoreContract

/// An event and its place in the outbox.
package struct EventRow: Stored {
    package let sequence: Int64
    package let event: EventRecord

    package static let table = Table(
        "event", key: ["sequence"],
        rest: [
            "id", "kind", "organization", "connector", "connection", "owner", "generation", "epoch", "reason", "at",
        ])

    /// `sequence` nil: the next one.
    package static func columns(of event: EventRecord, sequence: Int64? = nil) -> [any Column] {
        [
            sequence, event.id, event.kind, event.organization, event.connector, event.connection, event.owner,
            event.generation, event.epoch, event.reason, event.at,
        ]
    }

    package var columns: [any Column] { Self.columns(of: event, sequence: sequence) }

    package init(row: inout RowReader) throws {
        sequence = try row.next()
        event = try Self.event(&row)
    }

    /// The columns of an event without its number.
    package static func event(_ row: inout RowReader) throws -> EventRecord {
        EventRecord(
            id: try row.next(), kind: try row.next(), organization: try row.next(), connector: try row.next(),
            connection: try row.next(), owner: try row.next(), generation: try row.next(), epoch: try row.next(),
            reason: try row.next(), at: try row.next())
    }
}

extension AuditEntry: Stored {
    package static let table = Table("audit", key: ["host", "sequence"], rest: ["previous_hash", "hash", "record"])

    package var columns: [any Column] { [host, sequence, previousHash, hash, record] }

    package init(row: inout RowReader) throws {
        self.init(
            host: try row.next(), sequence: try row.next(), previousHash: try row.next(), hash: try row.next(),
            record: try row.next())
    }
}

extension HostRecord: Stored {
    package static let table = Table("host", key: ["id"], rest: ["boot", "heartbeat_at", "lost"])

    package var columns: [any Column] { [id, boot, heartbeatAt, lost] }

    package init(row: inout RowReader) throws {
        self.init(id: try row.next(), boot: try row.next(), heartbeatAt: try row.next(), lost: try row.next())
    }
}

extension DataKeyRecord: Stored {
    package static let table = Table(
        "data_key", key: ["id"], fixed: ["organization", "wrapped", "created_at"], rest: ["encryptions", "retired"])

    package var columns: [any Column] { [id, organization, wrapped, createdAt, encryptions, retired] }

    package init(row: inout RowReader) throws {
        self.init(
            id: try row.next(), organization: try row.next(), wrapped: try row.next(), createdAt: try row.next(),
            encryptions: try row.next(), retired: try row.next())
    }
}

extension OrganizationEnd: Stored {
    package static let table = Table(
        "organization_end", key: ["organization"], fixed: ["began_at"],
        rest: ["erased_at", "ended_at", "reopened_at", "given_up"])

    package var columns: [any Column] { [organization, beganAt, erasedAt, endedAt, reopenedAt, givenUp] }

    package init(row: inout RowReader) throws {
        self.init(
            organization: try row.next(), beganAt: try row.next(), erasedAt: try row.next(), endedAt: try row.next(),
            reopenedAt: try row.next(), givenUp: try row.next())
    }
}

extension IdempotentAnswer: Stored {
    package static let table = Table(
        "idempotent_answer", key: ["key"], rest: ["request", "status", "sealed_body", "at"])

    package var columns: [any Column] { [key, request, status, sealedBody, at] }

    package init(row: inout RowReader) throws {
        self.init(
            key: try row.next(), request: try row.next(), status: try row.next(), sealedBody: try row.next(),
            at: try row.next())
    }
}

extension Delivery: Stored {
    package static let table = Table(
        "delivery", key: ["sink", "sequence"],
        rest: [
            "key", "taken_at", "tries", "due_at", "dead_at", "failure",
            "id", "kind", "organization", "connector", "connection", "owner", "generation", "epoch", "reason", "at",
        ])

    package var columns: [any Column] {
        [sink, sequence, event.key, takenAt, tries, dueAt, deadAt, failure] + EventRow.columns(of: event).dropFirst()
    }

    package init(row: inout RowReader) throws {
        let (sink, sequence): (String, Int64) = (try row.next(), try row.next())
        let _: String = try row.next()
        let (takenAt, tries): (Timestamp, Int) = (try row.next(), try row.next())
        let (dueAt, deadAt): (Timestamp?, Timestamp?) = (try row.next(), try row.next())
        let failure: String? = try row.next()
        self.init(
            sink: sink, sequence: sequence, event: try EventRow.event(&row), tries: tries, takenAt: takenAt,
            dueAt: dueAt, deadAt: deadAt, failure: failure)
    }
}

/// Tables that hold no record of the contract; named here for errors.
extension Table {
    package static let setting = Table("setting", key: ["name"], rest: ["value"])
    package static let sink = Table("sink", key: ["name"], rest: ["position"])
    package static let mark = Table("mark", key: ["value"], rest: [])
    package static let disabledConnector = Table("disabled_connector", key: ["connector"], rest: [])
}
