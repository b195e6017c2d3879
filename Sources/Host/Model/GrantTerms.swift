package import struct Foundation.Data

/// What a grant was made with, and is redeemed, refreshed and revoked with: it says at whose door its tokens are good.
package struct GrantTerms: Sendable, Hashable, Codable {
    /// As `ConnectionRecord.grantType`.
    package var grantType: String
    /// As `ConnectionRecord.inputs`.
    package var inputs: [String: String]
    /// As `ConnectionRecord.sealedInputs`.
    package var sealedInputs: Data?
    /// As `ConnectionRecord.sealedGrant`.
    package var sealedGrant: Data?
    /// As `ConnectionRecord.captured`.
    package var captured: [String: String]

    package init(
        grantType: String, inputs: [String: String], sealedInputs: Data?, sealedGrant: Data?, captured: [String: String]
    ) {
        self.grantType = grantType
        self.inputs = inputs
        self.sealedInputs = sealedInputs
        self.sealedGrant = sealedGrant
        self.captured = captured
    }
}

/// The terms of grants of which something is held or may still come, beside the one that a connection's own fields tell
/// of: those that another has replaced, and those that never came to their turn (docs/decisions/0031).
package struct OtherGrants: Sendable, Hashable {
    /// By grant.
    package var terms: [GrantID: GrantTerms]

    package init(_ terms: [GrantID: GrantTerms] = [:]) { self.terms = terms }
}

extension ConnectionRecord {
    /// Those of its own grant.
    package var terms: GrantTerms {
        get {
            GrantTerms(
                grantType: grantType, inputs: inputs, sealedInputs: sealedInputs, sealedGrant: sealedGrant,
                captured: captured)
        }
        set {
            grantType = newValue.grantType
            inputs = newValue.inputs
            sealedInputs = newValue.sealedInputs
            sealedGrant = newValue.sealedGrant
            captured = newValue.captured
        }
    }

    /// Those of one of its grants; nil: of its own.
    package func terms(of grant: GrantID?) -> GrantTerms { grant.flatMap { otherGrants.terms[$0] } ?? terms }

    /// The connection as it speaks for one of its grants: a token goes to nobody but the server that issued it.
    package func speaking(for grant: GrantID) -> ConnectionRecord {
        guard let others = otherGrants.terms[grant] else { return self }
        var record = self
        record.terms = others
        return record
    }

    /// Remembers the terms of a grant that is not its own.
    /// - Parameter lines: all of its lines; what these do not hold any more is forgotten.
    package mutating func remember(_ terms: GrantTerms, of grant: GrantID, held lines: [Line]) {
        otherGrants.terms[grant] = terms
        forgetGrants(notHeldBy: lines)
    }

    /// Another grant has become its own: what is still held goes on under the terms of before.
    /// - Parameters:
    ///   - terms: those of before.
    ///   - lines: all of its lines, as they are now.
    package mutating func replace(_ terms: GrantTerms, by grant: GrantID, held lines: [Line]) {
        for held in Set(lines.flatMap(\.heldGrants)) where held != grant {
            otherGrants.terms[held] = otherGrants.terms[held] ?? terms
        }
        otherGrants.terms[grant] = nil
        forgetGrants(notHeldBy: lines)
    }

    private mutating func forgetGrants(notHeldBy lines: [Line]) {
        guard !otherGrants.terms.isEmpty else { return }
        let held = Set(lines.flatMap(\.heldGrants))
        otherGrants.terms = otherGrants.terms.filter { held.contains($0.key) }
    }
}

extension Line {
    /// The grants of which it has a version that is presented or revoked yet, or to which an answer may come.
    package var heldGrants: Set<GrantID> {
        let told = versions.filter { [.current, .candidate].contains($0.status) || $0.revocationPending }
        let asked = attempts.filter { $0.isOpen || $0.state == .ambiguous }
        return Set([grant] + told.map(\.grant) + asked.map(\.grant))
    }
}
