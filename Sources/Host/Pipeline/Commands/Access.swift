import Logging
import Model
import RefreshProtocol
import Secrets
import StoreContract

/// Who may do what (DESIGN.md §7). Default deny; another organization's or owner's object is not found.
extension Caller {
    /// An operation of the table's column "who".
    enum Permission: Sendable {
        /// "member, `connector:read`".
        case readConnectors
        /// "admin, `connector:write`".
        case writeConnectors
        /// "member, `connection:write`".
        case authorize
        /// "admin, `connection:write`".
        case writeConnections
        /// "admin, `connector:read`".
        case inspect
        /// "`token:read`".
        case readTokens
        /// "`token:refresh`".
        case refresh
        /// "`token:force` or admin".
        case force
        /// "`events:read`".
        case readEvents
        /// "`config:read`", "`config:write`": of the whole host, whatever the organization.
        case readAppConfig
        case writeAppConfig

        /// Concerns the host and all its organizations.
        fileprivate var isOfHost: Bool { self == .readAppConfig || self == .writeAppConfig }
    }

    /// - Throws: `forbidden` naming what is missing.
    func require(_ permission: Permission) throws {
        guard !allows(permission) else { return }
        throw PipelineError(.forbidden, "This caller may not do that; it needs \(Self.needed(permission)).")
    }

    private func allows(_ permission: Permission) -> Bool {
        switch identity {
        case .user(_, let role):
            switch permission {
            case .readConnectors, .authorize: true
            case .writeConnectors, .writeConnections, .inspect, .force: role == .admin
            case .readTokens, .refresh, .readEvents, .readAppConfig, .writeAppConfig: false
            }
        case .service(_, let scopes, let connectors):
            // Who is limited to some connectors does not decide for all.
            scopes.contains(Self.scope(permission)) && (connectors == nil || !permission.isOfHost)
        case .operating: permission != .readTokens
        }
    }

    private static func scope(_ permission: Permission) -> Scope {
        switch permission {
        case .readConnectors, .inspect: .connectorRead
        case .writeConnectors: .connectorWrite
        case .authorize, .writeConnections: .connectionWrite
        case .readTokens: .tokenRead
        case .refresh: .tokenRefresh
        case .force: .tokenForce
        case .readEvents: .eventsRead
        case .readAppConfig: .configRead
        case .writeAppConfig: .configWrite
        }
    }

    private static func needed(_ permission: Permission) -> String {
        switch permission {
        case .readConnectors, .authorize: "a user token or the scope \(scope(permission).rawValue)"
        case .readTokens, .refresh, .readEvents: "the scope \(scope(permission).rawValue)"
        case .readAppConfig, .writeAppConfig: "the scope \(scope(permission).rawValue) for all connectors"
        default: "the role admin or the scope \(scope(permission).rawValue)"
        }
    }

    /// Whether a service is limited to other connectors.
    func reaches(connector: String) -> Bool {
        if case .service(_, _, let connectors?) = identity { return connectors.contains(connector) }
        return true
    }

    /// Whether this caller sees a connection at all.
    func sees(_ connection: ConnectionRecord) -> Bool {
        guard connection.organization == organization, connection.deletedAt == nil else { return false }
        guard reaches(connector: connection.connector) else { return false }
        if case .user(let id, .member) = identity {
            return connection.owner == .organization || connection.owner == .user(id)
        }
        return true
    }

    /// The owners a list may show; nil: all.
    var visibleOwners: [ConnectionRecord.Owner]? {
        if case .user(let id, .member) = identity { return [.organization, .user(id)] }
        return nil
    }

    /// The owner of a new connection.
    /// - Throws: `not_found` when a member names somebody else.
    func owner(named name: String?) throws -> ConnectionRecord.Owner {
        switch (identity, name) {
        case (.user(let id, _), nil): return .user(id)
        case (.service, nil), (.operating, nil): return .organization
        case (.user(let id, .member), let name?) where name != "organization" && name != id:
            throw PipelineError(.notFound, "There is no such owner.")
        case (_, let name?):
            guard (1...128).contains(name.utf8.count) else {
                throw PipelineError.invalid("owner", "a user id has 1 to 128 bytes")
            }
            return ConnectionRecord.Owner(name)
        }
    }
}

extension TokenPipeline {
    /// The one answer for what a caller may not see.
    static let noSuchConnection = PipelineError(.notFound, "There is no such connection.")

    /// A connection with one of its lines, for a caller who sees it.
    /// - Parameter unverified: See `load`.
    func snapshot(
        _ id: ConnectionID, token name: String, for caller: Caller, unverified: Bool = false
    ) async throws -> ConnectionSnapshot {
        do {
            let snapshot = try await load(LineID(connection: id, name: name), unverified: unverified)
            guard caller.sees(snapshot.connection) else { throw Self.noSuchConnection }
            return snapshot
        } catch let error as PipelineError where error.code == .notFound && name != LineID.first {
            // Who sees the connection hears that the name alone is wrong.
            _ = try await snapshot(id, token: LineID.first, for: caller, unverified: unverified)
            throw PipelineError(
                .notFound, "This connection has no token of that name; its `tokens` says which there are.")
        }
    }

    /// The same without a caller. From the cache, else from the store, tokens opened.
    /// - Parameter unverified: A store that is away is made good by what was last known, and the snapshot says so.
    func load(_ line: LineID, unverified: Bool = false) async throws -> ConnectionSnapshot {
        guard let known = cache.snapshot(line) else { return try await loadAnew(line) }
        if parts.store.isExclusive { return known }
        if known.isOfCommit(at: .now), !stampReads.isHanging {
            return try await load(line, orElse: unverified ? known : nil)
        }
        do {
            if try await isUnchanged(known) { return known }
        } catch let error as StoreError where unverified && error.code == .unavailable {
            return known.unverified
        } catch {
            throw PipelineError(wrapping: error)
        }
        // From here on what is known is known to be old: it is no answer, even if the store goes away now.
        return try await loadAnew(line)
    }

    /// Whether the store still has what is known, asked in this request, on the primary: other hosts may have written
    /// (PROTOCOL.md §8).
    func isUnchanged(_ known: ConnectionSnapshot) async throws -> Bool {
        if parts.store.isExclusive { return true }
        let stamp = try await stampReads.stamp(of: known.line.id)
        let age = ContinuousClock.now - known.loadedAt
        return stamp != nil && stamp == known.stamp && age < ConnectionSnapshot.trustedFor
    }

    /// Right after a commit of this host's: nobody has asked for the stamp of what it has left, so that a question for it
    /// would bring no answer that could be compared, and all who waited for the commit would ask twice.
    /// - Parameter last: what is given where the store is away.
    private func load(_ line: LineID, orElse last: ConnectionSnapshot?) async throws -> ConnectionSnapshot {
        do { return try await loadAnew(line) } catch let error as PipelineError where error.code == .storeUnavailable {
            guard let last else { throw error }
            return last.unverified
        }
    }

    /// Where others write, callers who came before a read began share it.
    private func loadAnew(_ line: LineID) async throws -> ConnectionSnapshot {
        if parts.store.isExclusive { return try await loadFromStore(line) }
        return try await loads.value(of: line) { try await self.loadFromStore(line) }
    }

    private func loadFromStore(_ line: LineID) async throws -> ConnectionSnapshot {
        try await cache.loading(line.connection) { try await readFromStore(line) }
    }

    private func readFromStore(_ line: LineID) async throws -> ConnectionSnapshot {
        let loadedAt = ContinuousClock.now
        let asksForStamp = !parts.store.isExclusive
        let stored = try await wrapping {
            try await self.parts.store.snapshot(of: line, stamped: asksForStamp)
        }
        guard let stored else { throw Self.noSuchConnection }
        var tokens: StoredTokens?
        if let version = stored.line.current {
            let organization = stored.connection.organization
            tokens = try await wrapping {
                try await self.parts.keyRing.prepare(organization)
                return try await self.parts.reloadingKeys(of: organization) {
                    try self.parts.tokens(of: version, line: stored.line)
                }
            }
        }
        return ConnectionSnapshot(
            connection: stored.connection, client: stored.client, line: stored.line, tokens: tokens,
            auditIdentifier: tokens?.accessToken.map(parts.installation.auditIdentifier), enabled: stored.isEnabled,
            stamp: stored.stamp, loadedAt: loadedAt)
    }

    /// Turns a part's errors into what callers see; details of ours go to the log.
    func wrapping<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            let wrapped = PipelineError(wrapping: error)
            if [.internal, .storeUnavailable, .keysUnavailable].contains(wrapped.code) {
                parts.logger.error("part failed", metadata: ["code": "\(wrapped.code.rawValue)", "error": "\(error)"])
            }
            throw wrapped
        }
    }
}

extension PipelineParts {
    /// Opens what is sealed for an organization; once more with its keys as they are stored now, where another host has
    /// made it a new one meanwhile.
    func reloadingKeys<Result>(of organization: OrganizationID, _ body: () throws -> Result) async throws -> Result {
        do { return try body() } catch let error as SecretsError where error.code == .unknownKey {
            try await keyRing.prepare(organization, reload: true)
            return try body()
        }
    }
}
