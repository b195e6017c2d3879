import ConnectorSDK
package import Model
import RefreshProtocol
import Spool
import StoreContract

/// The ways out of VERIFY (PROTOCOL.md §9).
extension Administration {
    /// What the operator decides about a line whose refresh token may be superseded.
    package enum WayOut: String, Sendable, CaseIterable {
        /// The newest version that is held anywhere: candidates, spool entries and kept answers.
        case adopt
        /// The stored one was not superseded.
        case assumeCurrent = "assume_current"
        /// It was: a person has to sign in again.
        case reauthorize

        var event: LineEvent {
            switch self {
            case .adopt: .adoptNewest
            case .assumeCurrent: .assumeCurrent
            case .reauthorize: .reauthorize
            }
        }
    }

    /// What became of one line.
    package struct Verified: Sendable {
        package enum Outcome: String, Sendable {
            /// It left VERIFY.
            case done
            /// `adopt`: nothing newer is held; it stays.
            case nothingNewer = "nothing_newer"
            /// A later presentation is known than the one that brought what would be used, by the journal, by an answer that
            /// is held or by the backup itself: it may be superseded, and the line stays.
            case overtaken
            /// It was exported: another host may have spent what it would present, so only a word about it alone counts.
            case handedOver = "handed_over"
            /// It did not wait for anybody.
            case notInVerify = "not_in_verify"
        }

        package let connection: ConnectionID
        package let token: String
        package let outcome: Outcome
        package let status: ConnectionStatus
        package let generation: Int64
    }

    /// Lets the lines of a connection out of VERIFY.
    package func verify(_ id: ConnectionID, _ way: WayOut, by user: String) async throws -> [Verified] {
        let caller = try await caller(for: id, user)
        let known = way == .adopt ? try await collect() : nil
        return try await verify(id, way, by: Actor(caller), known)
    }

    /// The same for every connection that waits. A word about all of them is not taken for one of which this host knows
    /// better, nor for one that another host has.
    package func verifyAll(
        _ way: WayOut, by user: String, each: @Sendable (Verified) throws -> Void
    ) async throws {
        let known = way == .reauthorize ? nil : try await collect()
        for id in try await waiting() {
            let actor = Actor(name: Self.name(user), requestID: "-")
            for verified in try await verify(id, way, by: actor, known) where verified.outcome != .notInVerify {
                try each(verified)
            }
        }
    }

    /// Brings in what the spool and the kept answers hold: candidates, while a line is in VERIFY.
    /// - Returns: what this host knows of presentations besides.
    /// - Throws: `invalid_input` while another host has not said what it has presented: only its journal knows that.
    private func collect() async throws -> KnownPresentations {
        let parts = parts
        let unheard = try await pipeline.wrapping {
            // Another host may have seen it first.
            try await pipeline.lookAtStore()
            let epoch = parts.epoch
            return try await parts.store.read { reader in
                parts.store.isExclusive || epoch == 1 ? [] : try reader.hostsUnheard(in: epoch, besides: parts.host)
            }
        }
        guard unheard.isEmpty else {
            throw PipelineError.invalid(
                "host",
                "has not said yet what it has presented before the store went back: "
                    + unheard.map(\.description).joined(separator: ", ")
                    + ". Start it, in this version, or say that it is lost: `token-manager hosts lost`")
        }
        _ = try await pipeline.wrapping { try await pipeline.flushSpool() }
        await pipeline.rereadKeptAnswers()
        return try await pipeline.wrapping { try await KnownPresentations(parts) }
    }

    /// Connections with a line in VERIFY, also where it is not shown: a disabled connector hides it.
    private func waiting() async throws -> [ConnectionID] {
        var (found, last): (Set<ConnectionID>, LineID?) = ([], nil)
        repeat {
            let after = last
            let (page, waiting) = try await parts.store.read { reader -> ([LineID], [ConnectionID]) in
                let page = try reader.lines(after: after, limit: 200)
                return (page, try page.filter { try reader.line($0)?.state == .verify }.map(\.connection))
            }
            found.formUnion(waiting)
            last = page.last
        } while last != nil
        return found.sorted()
    }

    /// - Parameter known: by this it is judged whether what would be used was overtaken; nil: the operator's word counts.
    private func verify(
        _ id: ConnectionID, _ way: WayOut, by actor: Actor, _ known: KnownPresentations?
    ) async throws -> [Verified] {
        let parts = parts
        let (verified, takenBack) = try await pipeline.wrapping {
            try await pipeline.write(id) { transaction -> ([Verified], [AttemptID]) in
                guard let connection = try transaction.connection(id), connection.deletedAt == nil else {
                    throw TokenPipeline.noSuchConnection
                }
                let lines = try transaction.lines(of: id)
                let verified = try lines.map { line in
                    // A word about it alone takes it back, and no other way out does.
                    if way == .adopt || (way == .assumeCurrent && known != nil), line.state == .verify,
                        line.isHandedOver
                    {
                        return Verified(line, .handedOver, at: transaction.now)
                    }
                    if let known, line.state == .verify, let fence = line.fence(usedBy: way),
                        known.last(of: line) > fence
                    {
                        return Verified(line, .overtaken, at: transaction.now)
                    }
                    let step = try transaction.step(line, way.event, timing: parts.settings.timing)
                    if step.line != line {
                        try transaction.record(
                            step, of: connection, action: "verify_" + way.rawValue, by: actor, parts: parts)
                    }
                    let stays: Verified.Outcome = line.state == .verify ? .nothingNewer : .notInVerify
                    return Verified(step.line, step.line.state == line.state ? stays : .done, at: transaction.now)
                }
                return (verified, way == .assumeCurrent ? zip(lines, verified).flatMap { Self.takenBack($0, $1) } : [])
            }
        }
        for attempt in takenBack { parts.spool.handOvers.remove(attempt) }
        return verified
    }

    private static func takenBack(_ line: Line, _ verified: Verified) -> [AttemptID] {
        verified.outcome == .done ? line.attempts.filter(line.isHandOver).map(\.id) : []
    }
}

extension Administration.Verified {
    fileprivate init(_ line: Line, _ outcome: Outcome, at now: Timestamp) {
        self.init(
            connection: line.id.connection, token: line.id.name, outcome: outcome, status: line.status(at: now),
            generation: line.generation)
    }
}

extension Line {
    /// The fence of the version that the way out would go on with; nil where it goes on with none.
    fileprivate func fence(usedBy way: Administration.WayOut) -> Int64? {
        switch way {
        case .adopt: versions.filter { $0.status == .candidate && $0.grant == grant }.map(\.fence).max()
        case .assumeCurrent: current?.fence
        case .reauthorize: nil
        }
    }
}
