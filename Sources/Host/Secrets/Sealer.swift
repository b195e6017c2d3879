import Crypto
package import Foundation
import Model

/// Seals and opens secrets with the data key of their organization: AES-256-GCM with a fresh random nonce of 96 bits
/// (SECURITY 19-21). Neither waits for anything; `KeyRing.prepare` comes first.
///
/// Format: version (1), length of the key id, key id, nonce (12 bytes), ciphertext, tag (16 bytes).
package struct Sealer: Sendable {
    private let ring: KeyRing

    private static let format: UInt8 = 1
    private static let shortest = 12 + 16

    package init(_ ring: KeyRing) { self.ring = ring }

    /// - Throws: `SecretsError` with `.notPrepared` or `.exhausted`.
    package func seal(_ plaintext: Data, for context: SealContext) throws -> Data {
        let (id, key) = try ring.sealingKey(of: context.organization)
        return try Self.seal(plaintext, with: key, id, context)
    }

    /// - Throws: `SecretsError` with `.refused` when a bit was changed or the seal belongs elsewhere, `.unknownKey`
    ///   when its key is not among the organization's, `.notPrepared`.
    package func open(_ sealed: Data, for context: SealContext) throws -> Data {
        let (id, box) = try Self.parse(sealed)
        return try Self.open(box, with: ring.openingKey(id, of: context.organization), id, context)
    }

    /// Seals and opens something, so that a call is only sent when its answer can be kept (SECURITY 25). One encryption.
    static func probe(_ loaded: LoadedKeys, _ organization: OrganizationID) throws {
        guard let key = loaded.keys[loaded.current] else { throw refused }
        let context = SealContext(organization: organization, kind: .probe, version: "")
        let sealed = try parse(seal(Data("probe".utf8), with: key, loaded.current, context))
        guard try open(sealed.box, with: key, loaded.current, context) == Data("probe".utf8) else { throw refused }
    }

    private static func seal(
        _ plaintext: Data, with key: SymmetricKey, _ id: DataKeyID, _ context: SealContext
    ) throws -> Data {
        // No nonce is given: CryptoKit draws a random one for every box.
        let box = try AES.GCM.seal(plaintext, using: key, authenticating: context.authenticated(key: id))
        let name = Array(id.description.utf8)
        guard let combined = box.combined, let length = UInt8(exactly: name.count) else { throw refused }
        var sealed = Data(capacity: 2 + name.count + combined.count)
        sealed.append(format)
        sealed.append(length)
        sealed.append(contentsOf: name)
        sealed.append(combined)
        return sealed
    }

    private static func parse(_ sealed: Data) throws -> (id: DataKeyID, box: Data) {
        guard sealed.first == format, let length = sealed.dropFirst().first else { throw refused }
        let rest = sealed.dropFirst(2)
        guard rest.count >= Int(length) + shortest, let name = String(data: rest.prefix(Int(length)), encoding: .utf8)
        else { throw refused }
        return (DataKeyID(name), rest.dropFirst(Int(length)))
    }

    private static func open(
        _ box: Data, with key: SymmetricKey, _ id: DataKeyID, _ context: SealContext
    ) throws -> Data {
        guard let box = try? AES.GCM.SealedBox(combined: box),
            let plaintext = try? AES.GCM.open(box, using: key, authenticating: context.authenticated(key: id))
        else { throw refused }
        return plaintext
    }

    private static var refused: SecretsError {
        SecretsError(.refused, "A sealed secret was changed, cut, or belongs to another place.")
    }
}
