import ConnectorSDK
package import Model
import StoreContract

/// A line's own row; attempts and versions have rows of their own.
extension Line: Stored {
    package static let table = Table(
        "line", key: ["connection", "name"], fixed: ["organization"],
        rest: [
            "grant_id", "rotation", "state", "enabled", "generation", "fence", "lease_until", "open_attempt",
            "quiet_at",
            "first_sent_at", "next_try_at", "failures", "expires_at", "due_at", "not_before", "reported_dead",
            "forced_at", "reports", "reports_since", "can_present", "granted_at", "warn_at", "told_expired",
            "wake_at", "must_finish", "expired_at", "notice_at",
        ])

    package var columns: [any Column] {
        [
            id.connection, id.name, organization, grant, rotation, state, enabled, generation, fence, leaseUntil,
            openAttempt, quietAt, firstSentAt, nextTryAt, failures, expiresAt, dueAt, notBefore, reportedDead, forcedAt,
            reports, reportsSince, canPresent, grantedAt, warnAt, toldExpired, wakeAt, mustFinish, expiredAt, noticeAt,
        ]
    }

    /// The derived columns at the end are not read back.
    package init(row: inout RowReader) throws {
        let id = LineID(connection: try row.next(), name: try row.next())
        self.init(id: id, organization: try row.next(), grant: try row.next(), rotation: try row.next())
        state = try row.next()
        enabled = try row.next()
        generation = try row.next()
        fence = try row.next()
        leaseUntil = try row.next()
        openAttempt = try row.next()
        quietAt = try row.next()
        firstSentAt = try row.next()
        nextTryAt = try row.next()
        failures = try row.next()
        expiresAt = try row.next()
        dueAt = try row.next()
        notBefore = try row.next()
        reportedDead = try row.next()
        forcedAt = try row.next()
        reports = try row.next()
        reportsSince = try row.next()
        canPresent = try row.next()
        grantedAt = try row.next()
        warnAt = try row.next()
        toldExpired = try row.next()
    }
}

/// An attempt and the line it belongs to.
package struct AttemptRow: Stored {
    package let line: LineID
    package let attempt: Attempt

    package static let table = Table(
        "attempt", key: ["id"],
        fixed: [
            "connection", "line", "grant_id", "generation_in", "fence", "purpose", "rotation", "host", "boot",
            "caller", "claimed_at",
        ],
        rest: ["state", "sent_at", "holder_clear", "closed_at", "outcome"])

    package var columns: [any Column] {
        [
            attempt.id, line.connection, line.name, attempt.grant, attempt.generationIn, attempt.fence, attempt.purpose,
            attempt.rotation, attempt.host, attempt.boot, attempt.caller, attempt.claimedAt, attempt.state,
            attempt.sentAt,
            attempt.holderClear, attempt.closedAt, attempt.outcome,
        ]
    }

    package init(line: LineID, attempt: Attempt) {
        self.line = line
        self.attempt = attempt
    }

    package init(row: inout RowReader) throws {
        let id: AttemptID = try row.next()
        line = LineID(connection: try row.next(), name: try row.next())
        let grant: GrantID = try row.next()
        let generationIn: Int64 = try row.next()
        let fence: Int64 = try row.next()
        let purpose: Attempt.Purpose = try row.next()
        let rotation: RotationClass = try row.next()
        let host: HostID = try row.next()
        let boot: BootID = try row.next()
        let caller: String = try row.next()
        let claimedAt: Timestamp = try row.next()
        attempt = Attempt(
            id: id, grant: grant, generationIn: generationIn, fence: fence, purpose: purpose, rotation: rotation,
            host: host, boot: boot, caller: caller, state: try row.next(), claimedAt: claimedAt, sentAt: try row.next(),
            holderClear: try row.next(), closedAt: try row.next(), outcome: try row.next())
    }
}

/// A token version and the line it belongs to.
package struct VersionRow: Stored {
    package let line: LineID
    package let version: TokenVersion

    package static let table = Table(
        "version", key: ["connection", "line", "attempt"],
        fixed: [
            "parent_generation", "grant_id", "fence", "sealed", "fingerprint", "received_at", "expires_at", "due_at",
            "not_before", "refresh_expires_at", "endless", "can_present",
        ],
        rest: ["generation", "status", "revocation_pending"])

    package var columns: [any Column] {
        let content = version.content
        return [
            line.connection, line.name, version.attempt, version.parentGeneration, version.grant, version.fence,
            content.sealed, content.fingerprint, content.receivedAt, content.expiresAt, content.dueAt,
            content.notBefore, content.refreshExpiresAt, content.isEndless, content.canPresent, version.generation,
            version.status,
            version.revocationPending,
        ]
    }

    package init(line: LineID, version: TokenVersion) {
        self.line = line
        self.version = version
    }

    package init(row: inout RowReader) throws {
        line = LineID(connection: try row.next(), name: try row.next())
        let attempt: AttemptID = try row.next()
        let parent: Int64 = try row.next()
        let grant: GrantID = try row.next()
        let fence: Int64 = try row.next()
        let content = TokenVersion.Content(
            sealed: try row.next(), fingerprint: try row.next(), receivedAt: try row.next(),
            expiresAt: try row.next(), dueAt: try row.next(), notBefore: try row.next(),
            refreshExpiresAt: try row.next(), isEndless: try row.next(), canPresent: try row.next())
        version = TokenVersion(
            generation: try row.next(), parentGeneration: parent, grant: grant, attempt: attempt, fence: fence,
            content: content, status: try row.next(), revocationPending: try row.next())
    }
}
