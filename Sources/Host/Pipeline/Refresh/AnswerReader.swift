import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import Secrets
import Spool

/// Reads a spooled answer through the connector and makes of it what the protocol can store.
struct AnswerReader: Sendable {
    let parts: PipelineParts

    /// What an answer said, and what the connection learns from it.
    struct Read: Sendable {
        var answer: Answer
        /// The token set of `answer`, opened.
        var tokens: StoredTokens?
        var failure: ProviderFailure?
        var captured: [String: String] = [:]
        var grantedScopes: [String]?
        /// The tokens are good for one more request, whose answer replaces them.
        var needsUpgrade = false
        /// What an exchange brought beside it for other lines (DESIGN.md §2).
        var others: [Other] = []
        /// The answer named no lifetime, and the definition does not say that there is none.
        var lacksLifetime = false

        /// Its raw form may hold the only token there is: nobody could read it (row 25), or one lies beside its error.
        var keepsRaw: Bool { if case .unclear = answer { true } else { failure?.holdsToken ?? false } }
    }

    /// A token of another line than the one that was asked for.
    struct Other: Sendable {
        let name: String
        let content: TokenVersion.Content
        let scopes: [String]?
    }

    /// Reads a spooled answer, with keys that may have to be fetched again.
    /// - Parameter held: the token set that a step's answer replaces: what that answer leaves out stays.
    func read(
        _ entry: SpoolEntry, to operation: ConnectorSDK.Operation, material: Material, line: Line,
        held: StoredTokens? = nil
    ) async throws -> Read {
        // Another grant than the line's begins with this answer, and nothing is known of its refresh token.
        let line = entry.grant == line.grant ? line : line.withoutPast
        func read() throws -> Read {
            try self.read(
                entry.response, to: operation, material: material, line: line, attempt: entry.attempt,
                presented: entry.presented ?? held?.refreshToken, identity: held?.idToken)
        }
        do {
            return try read()
        } catch {
            guard try await parts.hasRenewedKeys(of: entry.organization, after: error) else { throw error }
            return try read()
        }
    }

    /// - Parameters:
    ///   - attempt: names the version in the seal's AAD.
    ///   - presented: what was presented, kept when the answer brings no new refresh token.
    private func read(
        _ response: ProviderResponse, to operation: ConnectorSDK.Operation, material: Material, line: Line,
        attempt: AttemptID, presented: Secret?, identity: Secret?
    ) throws -> Read {
        func tokens(_ set: TokenSet) throws -> Read {
            var set = set
            set.idToken = set.idToken ?? identity
            var read = try self.tokens(set, response, material, line, attempt, presented)
            if case .redeem = operation { read.others = try others(set, response, material, line, attempt) }
            return read
        }
        switch material.entry.connector.read(response, to: operation, in: material.context) {
        case .tokens(let set): return try tokens(set)
        case .further(let set):
            var read = try tokens(set)
            read.needsUpgrade = true
            return read
        case .failure(let failure):
            let safe = failure.hiding(Array(material.secrets.values) + [presented].compactMap { $0 })
            return Read(answer: Self.answer(safe, to: operation), failure: safe)
        case .done, .state, .captured, .device:
            let failure = ProviderFailure(.unclear, code: "no_tokens")
            return Read(answer: .unclear(code: failure.code), failure: failure)
        }
    }

    private func tokens(
        _ set: TokenSet, _ response: ProviderResponse, _ material: Material, _ line: Line, _ attempt: AttemptID,
        _ presented: Secret?
    ) throws -> Read {
        guard let token = set.tokens.first(where: { $0.name == line.id.name }) ?? set.tokens.first else {
            let failure = ProviderFailure(.unclear, code: "no_tokens")
            return Read(answer: .unclear(code: failure.code), failure: failure)
        }
        let asked = material.definition.scopes.requested(material.context.scopes)
        let stored = StoredTokens(token, idToken: set.idToken, presented: presented, askedScopes: asked)
        return Read(
            answer: .tokens(try content(token, stored, response, material, line, attempt)), tokens: stored,
            captured: set.captured, grantedScopes: token.scopes,
            lacksLifetime: token.expiry == .missing && !material.definition.response.expiry.never)
    }

    /// All but the one that the first line takes.
    private func others(
        _ set: TokenSet, _ response: ProviderResponse, _ material: Material, _ line: Line, _ attempt: AttemptID
    ) throws -> [Other] {
        let own = set.tokens.first { $0.name == line.id.name } ?? set.tokens.first
        var held = [own?.refreshToken].compactMap(\.self)
        return try set.tokens.filter { $0.name != own?.name }.map { token in
            var token = token
            // One refresh token is one line: presented for two it would be spent twice.
            if let refresh = token.refreshToken, held.contains(refresh) { token.refreshToken = nil }
            held += [token.refreshToken].compactMap(\.self)
            let other = Line(
                id: LineID(connection: line.id.connection, name: token.name), organization: line.organization,
                grant: line.grant, rotation: line.rotation)
            let stored = StoredTokens(token, idToken: nil, presented: nil, askedScopes: [])
            return Other(
                name: token.name,
                content: try content(token, stored, response, material, other, attempt.of(token.name)),
                scopes: token.scopes)
        }
    }

    private func content(
        _ token: Token, _ stored: StoredTokens, _ response: ProviderResponse, _ material: Material, _ line: Line,
        _ attempt: AttemptID
    ) throws -> TokenVersion.Content {
        let receivedAt = Timestamp(milliseconds: response.receivedAt)
        let times = RefreshPlan.times(
            token.expiry, holdsRefreshToken: stored.refreshToken != nil, uses: material.uses, receivedAt: receivedAt,
            definition: material.definition, settings: material.client.settings, connection: line.id.connection)
        let refreshEnd = RefreshPlan.refreshEnd(
            of: token, receivedAt: receivedAt, uses: material.uses, rules: material.definition.refresh,
            settings: material.client.settings, held: line.current, grantedAt: line.grantedAt)
        let canPresent = stored.refreshToken != nil || material.uses != .refreshToken
        return TokenVersion.Content(
            sealed: try parts.sealer.seal(stored.encoded(), for: .tokens(of: line, attempt: attempt)),
            fingerprint: stored.refreshToken.map { parts.fingerprint(of: $0, material) }, receivedAt: receivedAt,
            expiresAt: times.expiresAt, dueAt: times.dueAt, notBefore: times.notBefore,
            refreshExpiresAt: canPresent ? refreshEnd : nil,
            isEndless: RefreshPlan.isEndless(token.expiry, material.definition.response.expiry),
            canPresent: canPresent)
    }

    /// The rows of PROTOCOL.md §4 by disposition.
    static func answer(_ failure: ProviderFailure, to operation: ConnectorSDK.Operation) -> Answer {
        switch failure.disposition {
        // Of one request, not of the client: a provider that says so of one refresh token must not stop all others. The
        // refresh token is unspent, so the line alone waits longer and longer (row 23); callers hear what it was.
        case .misconfigured where operation == .refresh && failure.code == ProviderFailure.ofTheRequest:
            .retryLater(after: nil, code: failure.code)
        case .refused: .refused(code: failure.code)
        case .misconfigured: .clientError(code: failure.code)
        case .retryLater(let after), .rateLimited(let after): .retryLater(after: after, code: failure.code)
        case .busy: .busy(code: failure.code)
        case .unclear: .unclear(after: failure.retryAfter, code: failure.code)
        }
    }
}

extension Line {
    /// The same as it is for a grant that begins.
    fileprivate var withoutPast: Line {
        var line = self
        line.grantedAt = nil
        line.versions.removeAll { $0.status == .current }
        return line
    }
}

extension AttemptID {
    /// Of another line that one answer has filled as well: the same whenever that answer is read.
    func of(_ line: String) -> AttemptID { AttemptID("\(self).\(line)") }
}

extension ProviderFailure {
    /// RFC 6749 §5.2: the request is malformed. It says nothing of the client.
    static let ofTheRequest = "invalid_request"

    /// A code that repeats a secret, or looks like a token, is replaced.
    func hiding(_ secrets: [Secret]) -> ProviderFailure {
        guard SecretEcho.isIn(code, of: secrets) || SecretEcho.looksLikeToken(code) else { return self }
        var safe = self
        safe.code = "code_withheld"
        return safe
    }
}

extension PipelineParts {
    /// Within one (token endpoint, client_id) a fingerprint belongs to one connection (PROTOCOL.md §2).
    func fingerprint(of refreshToken: Secret, _ material: Material) -> Data {
        installation.fingerprint(
            of: refreshToken,
            tokenEndpoint: material.definition.token.endpoint.map(\.description).joined(separator: " "),
            clientID: material.context.clientID)
    }

    /// Opens the token set of a version.
    func tokens(of version: TokenVersion, line: Line) throws -> StoredTokens {
        try StoredTokens(
            decoding: try sealer.open(version.content.sealed, for: .tokens(of: line, attempt: version.attempt)))
    }
}
