import ConnectorSDK
import Logging
import Model
import RefreshProtocol
import Spool
import StoreContract

/// Brings what waits in the spool into the store: at start before anything else (row 26), later when a commit failed.
extension TokenPipeline {
    /// Stores every entry whose line is not being refreshed here. One that cannot be stored stays, and is reported.
    /// - Returns: how many are left.
    @discardableResult
    func flushSpool() async throws -> Int {
        for item in try await parts.spoolItems() {
            switch item {
            case .entry(let entry): await flush(entry)
            case .unreadable(let found):
                parts.logger.error(
                    found.isSetAside
                        ? "a spool entry is damaged; its file was moved to the folder damaged of the spool"
                        : "a spool entry cannot be read; its file is kept",
                    metadata: ["file": "\(found.file)", "code": "\(found.reason)"])
            }
        }
        return parts.spool.entries.count
    }

    private func flush(_ entry: SpoolEntry) async {
        guard !inFlight.isRunning(entry.line) else { return }
        do {
            let keepsRaw =
                switch entry.kind {
                case .refresh: try await flushRefresh(entry)
                case .exchange(let flow): try await storeExchange(entry, flow: flow).keepsRaw
                case .step: try await storeStep(entry, by: .host).keepsRaw
                }
            try await parts.putAway(entry.attempt, keepsRaw: keepsRaw)
        } catch {
            parts.logger.error(
                "a spooled answer cannot be stored yet; it is kept",
                metadata: ["connection": "\(entry.line.connection)", "attempt": "\(entry.attempt)", "code": "\(error)"])
        }
    }

    /// - Returns: whether the raw answer has to be kept.
    private func flushRefresh(_ entry: SpoolEntry) async throws -> Bool {
        // An erased connection was revoked for certain: nothing of it is wanted any more. In a store that went back it
        // may be one that is not known yet, and what was replaced may be put back.
        guard let (material, line) = try await stored(entry) else { return parts.epoch > 1 }
        return try await store(
            entry, material: material, line: line, timing: parts.settings.timing, actor: .host
        ).keepsRaw
    }

    /// What the store has of an entry's line; nil when the connection was erased.
    private func stored(_ entry: SpoolEntry) async throws -> (Material, Line)? {
        let found = try await parts.store.read { reader -> (ConnectionRecord, ClientRecord?, Line)? in
            guard let connection = try reader.connection(entry.line.connection),
                let line = try reader.line(entry.line, withAttempt: entry.attempt)
            else { return nil }
            return (connection, try reader.client(connection.clientKey), line)
        }
        guard let (connection, client, line) = found else { return nil }
        return (try parts.material(for: connection, client: client, grant: entry.grant), line)
    }

    /// Reads the answers that were put aside with the definitions of now (row 25): what they hold comes in as a late
    /// answer. At start, and when definitions change.
    package func rereadKeptAnswers() async {
        guard parts.spool.entries.kept.count > 0, let answers = try? await parts.keptAnswers(needsAll: false) else {
            return
        }
        for entry in answers where !inFlight.isRunning(entry.line) {
            guard (try? await reread(entry)) == true else { continue }
            parts.spool.entries.kept.delete(entry.attempt)
            parts.logger.notice(
                "an answer that was put aside can be read now",
                metadata: ["connection": "\(entry.line.connection)", "attempt": "\(entry.attempt)"])
        }
    }

    private func reread(_ entry: SpoolEntry) async throws -> Bool {
        guard let (material, line) = try await stored(entry) else { return parts.epoch == 1 }
        // A step is asked again instead.
        if entry.kind == .step { return false }
        if case .exchange(let flow) = entry.kind {
            // The person was told that it failed, and may have connected since: that grant stays.
            let replaced = try await parts.store.read { try $0.flow(flow)?.renewal?.replaces }
            let isWaiting = line.generation == 0 && line.state == .pending
            guard replaced.map({ $0 == line.grant }) ?? isWaiting else { return false }
            return try await !storeExchange(entry, flow: flow, onlyUnfilled: true).keepsRaw
        }
        let read = try await AnswerReader(parts: parts).read(
            entry, to: material.operation(from: entry.generationIn), material: material, line: line)
        guard !read.keepsRaw else { return false }
        return try await !store(
            entry, material: material, line: line, timing: parts.settings.timing, actor: .host
        ).keepsRaw
    }

    /// Row 26: this host's word about its attempts of earlier boots, after the spool was flushed. Not about a line whose
    /// answer still waits in the spool, and about none while an entry cannot even say whose it is.
    func makeStatements() async throws {
        let nameless = try await parts.spoolItems().contains {
            if case .unreadable(let found) = $0 { found.isNameless } else { false }
        }
        guard !nameless else {
            parts.logger.error("no statement about earlier attempts: a spool entry cannot say whose it is")
            return
        }
        let host = parts.host
        let lines = try await parts.store.read { try $0.lines(withPendingAttemptsOf: host) }
        for line in lines where !parts.spool.entries.hasEntry(for: line) { try await makeStatement(line) }
    }

    private func makeStatement(_ id: LineID) async throws {
        let parts = parts
        try await write(id.connection) { transaction in
            guard let line = try transaction.line(id), let connection = try transaction.connection(id.connection) else {
                return
            }
            // Of one that is clear already there is nothing to say; the journal may have forgotten it.
            let judged = line.attempts.filter { $0.state == .sent || ($0.state == .ambiguous && !$0.holderClear) }
            let verdicts = judged.map { ($0.id, parts.verdict(on: $0)) }
            // Spool or journal missing: no statement; silence and the owner's grace decide.
            guard !verdicts.contains(where: { $0.1 == .unknown }) else { return }
            let journaled = Set(verdicts.filter { $0.1 == .mayHaveLeft }.map(\.0))
            let step = try transaction.step(
                line,
                .statement(
                    host: parts.host, boot: parts.spool.boot, journaled: journaled, exclusive: parts.store.isExclusive),
                timing: parts.settings.timing)
            guard step.line != line else { return }
            try transaction.record(step, of: connection, action: "host_statement", by: .host, parts: parts)
        }
    }
}

extension PipelineParts {
    func verdict(on attempt: Attempt) -> Journal.Verdict {
        guard attempt.host == host, attempt.boot != spool.boot else { return .neverLeft }
        guard let sentAt = attempt.sentAt else { return .neverLeft }
        return journal.verdict(on: attempt.id, sentAt: sentAt)
    }
}
