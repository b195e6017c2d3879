import ConnectorSDK

/// The simulated provider: the truth about grants, refresh tokens and access tokens, apart from what anybody knows.
struct Provider {
    struct Grant {
        let line: Int
        let rotation: RotationClass
        let replacesSiblings: Bool
        /// The user withdrew, the revoker told us, or reuse was punished.
        var revoked = false
        /// Another authority was given it.
        var isGiven = false
    }

    struct RefreshToken {
        let grant: Int
        let parent: Int?
        let issuedAt: Int64
        /// First successful use of a token that rotates.
        var spentAt: Int64?
        var dead = false
        /// Every presentation of it, in order.
        var calls: [Int] = []
        var children: [Int] = []
        /// The access token that came with it.
        var accessToken: Int
    }

    struct AccessToken {
        let grant: Int
        let expiresAt: Int64
        var dead = false
    }

    enum Verdict {
        case issued(refresh: Int, access: Int)
        case refused(punished: Bool)
    }

    private(set) var grants: [Grant] = []
    private(set) var tokens: [RefreshToken] = []
    private(set) var accessTokens: [AccessToken] = []
    let lifetime: Int64
    let killsOldTokens: Bool

    init(lifetime: Int64, killsOldTokens: Bool) {
        self.lifetime = lifetime
        self.killsOldTokens = killsOldTokens
    }

    /// A user consented: a new grant with its first tokens.
    mutating func open(_ grant: Grant, at now: Int64) -> (grant: Int, refresh: Int, access: Int) {
        grants.append(grant)
        let access = issueAccess(of: grants.count - 1, at: now)
        let refresh = issue(of: grants.count - 1, parent: nil, access: access, at: now)
        return (grants.count - 1, refresh, access)
    }

    mutating func revoke(_ grant: Int) { grants[grant].revoked = true }

    mutating func give(_ grant: Int, _ isGiven: Bool) { grants[grant].isGiven = isGiven }

    mutating func note(call: Int, of token: Int) { tokens[token].calls.append(call) }

    func isAlive(accessToken: Int, at now: Int64) -> Bool {
        let token = accessTokens[accessToken]
        return !token.dead && !grants[token.grant].revoked && now < token.expiresAt
    }

    /// Whether presenting it now, alone, would bring tokens.
    func isAlive(_ token: Int, at now: Int64) -> Bool {
        let it = tokens[token]
        guard !grants[it.grant].revoked, !it.dead else { return false }
        guard let spent = it.spentAt else { return true }
        switch grants[it.grant].rotation {
        case .static, .overlap(.untilUsed): return true
        case .overlap(.window(let window, afterWindow: _)): return now < spent + window.milliseconds
        case .singleUse, .singleUseFamily: return false
        }
    }

    /// Whether presenting it now would be taken for theft and kill every token of the grant.
    func wouldPunish(_ token: Int, at now: Int64) -> Bool {
        let grant = grants[tokens[token].grant]
        guard !grant.revoked, tokens[token].spentAt != nil, !isAlive(token, at: now) else { return false }
        switch grant.rotation {
        case .singleUseFamily, .overlap(.window(_, afterWindow: .revoke)): return true
        default: return false
        }
    }

    /// The effect of one call, by the class's rule (PROTOCOL.md §6).
    mutating func redeem(_ token: Int, at now: Int64) -> Verdict {
        let grant = tokens[token].grant
        if wouldPunish(token, at: now) {
            grants[grant].revoked = true
            return .refused(punished: true)
        }
        guard isAlive(token, at: now) else { return .refused(punished: false) }
        if killsOldTokens { accessTokens[tokens[token].accessToken].dead = true }
        let access = issueAccess(of: grant, at: now)
        guard grants[grant].rotation.rotates else {
            tokens[token].accessToken = access
            return .issued(refresh: token, access: access)
        }
        if tokens[token].spentAt == nil { tokens[token].spentAt = now }
        endOverlap(of: token)
        if grants[grant].replacesSiblings { for child in tokens[token].children { tokens[child].dead = true } }
        return .issued(refresh: issue(of: grant, parent: token, access: access, at: now), access: access)
    }

    /// `until_used`: the successor's first use ends its parent.
    private mutating func endOverlap(of token: Int) {
        guard case .overlap(.untilUsed) = grants[tokens[token].grant].rotation else { return }
        if let parent = tokens[token].parent { tokens[parent].dead = true }
    }

    private mutating func issue(of grant: Int, parent: Int?, access: Int, at now: Int64) -> Int {
        tokens.append(RefreshToken(grant: grant, parent: parent, issuedAt: now, accessToken: access))
        if let parent { tokens[parent].children.append(tokens.count - 1) }
        return tokens.count - 1
    }

    private mutating func issueAccess(of grant: Int, at now: Int64) -> Int {
        accessTokens.append(AccessToken(grant: grant, expiresAt: now + lifetime))
        return accessTokens.count - 1
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
