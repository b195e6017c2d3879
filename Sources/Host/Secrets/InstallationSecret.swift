package import ConnectorSDK
import Crypto
package import Foundation
package import Model

/// The secret of this installation from which keyed hashes are made: they tell equal from different, and no more. Lives
/// in the store, wrapped; replacing it makes every stored fingerprint worthless.
package struct InstallationSecret: Sendable {
    private let fingerprints: SymmetricKey
    private let identifiers: SymmetricKey
    private let nonces: SymmetricKey
    /// Names this installation's store, in its backups: the same for all copies of it, and no secret.
    package let storeID: String
    private let cursors: SymmetricKey
    private let settings: SymmetricKey

    /// A new one, wrapped, to be stored on the first start.
    package static func make(_ provider: some KeyProvider) async throws -> Data {
        try await provider.wrap(SymmetricKey(size: .bits256), context: context)
    }

    /// - Throws: as `KeyProvider.unwrap`.
    package init(opening wrapped: Data, _ provider: some KeyProvider) async throws {
        let secret = try await provider.unwrap(wrapped, context: Self.context)
        fingerprints = Self.derive("token fingerprint", from: secret)
        identifiers = Self.derive("audit identifier", from: secret)
        nonces = Self.derive("flow nonce", from: secret)
        storeID =
            "store_"
            + Self.derive("store id", from: secret).withUnsafeBytes { bytes in
                bytes.prefix(16).map { hexadecimal($0) }.joined()
            }
        cursors = Self.derive("cursor", from: secret)
        settings = Self.derive("setting", from: secret)
    }

    /// HMAC of a refresh token: within one (token endpoint, client id) it belongs to one connection (PROTOCOL.md §2).
    package func fingerprint(of refreshToken: Secret, tokenEndpoint: String, clientID: String) -> Data {
        let fields = LengthPrefixed("fingerprint", [tokenEndpoint, clientID, refreshToken.reveal()])
        return Self.code(of: fields, with: fingerprints)
    }

    /// What stands for an identifier or token in an audit record: 64 hexadecimal digits, equal for equal ones and
    /// worthless to who does not hold the secret (SECURITY 55).
    package func auditIdentifier(of token: Secret) -> String {
        Self.code(of: LengthPrefixed("audit", [token.reveal()]), with: identifiers).map { hexadecimal($0) }.joined()
    }

    /// The nonce of an authorization's ID token (OpenID Connect Core §3.1.2.1), made of the flow's random id: nobody else
    /// can tell it, and nothing has to be stored for a verification that may come much later.
    package func nonce(of flow: FlowID) -> String {
        Self.code(of: LengthPrefixed("nonce", [flow.description]), with: nonces).base64URL
    }

    /// A place in a list as its reader carries it about: sealed (AES-256-GCM), so that it tells nothing, cannot be made up
    /// and is good in its scope only. Every scope has a key of its own, which keeps the number of random nonces under one
    /// key small; two seals of one place differ.
    /// - Parameter scope: Whose list it is, and which.
    package func seal(cursor place: Data, of scope: [String]) -> String {
        // Nothing that depends on the arguments can fail.
        (try? AES.GCM.seal(place, using: cursorKey(scope)).combined)?.base64URL ?? ""
    }

    /// The place; nil for what `seal(cursor:of:)` never gave for this scope.
    package func open(cursor: String, of scope: [String]) -> Data? {
        guard let bytes = Data(base64URL: cursor), bytes.base64URL == cursor,
            let box = try? AES.GCM.SealedBox(combined: bytes)
        else { return nil }
        return try? AES.GCM.open(box, using: cursorKey(scope))
    }

    private func cursorKey(_ scope: [String]) -> SymmetricKey {
        SymmetricKey(data: Self.code(of: LengthPrefixed("cursor", scope), with: cursors))
    }

    /// A secret setting as the store keeps it: sealed (AES-256-GCM, random nonce), and good under its name only. It belongs
    /// to no organization, so it outlives each of them.
    package func seal(_ value: Secret, setting name: String) throws -> Data {
        let place = LengthPrefixed("setting", [name]).bytes
        guard let box = try AES.GCM.seal(Data(value.reveal().utf8), using: settings, authenticating: place).combined
        else { throw SecretsError(.refused, "The setting \(name) cannot be sealed.") }
        return box
    }

    /// The secret; nil for what was not sealed by this installation under that name.
    package func open(_ sealed: Data, setting name: String) -> Secret? {
        let place = LengthPrefixed("setting", [name]).bytes
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let value = try? AES.GCM.open(box, using: settings, authenticating: place)
        else { return nil }
        return String(validating: value, as: UTF8.self).map { Secret($0) }
    }

    private static func derive(_ purpose: String, from secret: SymmetricKey) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: secret, info: Data(purpose.utf8), outputByteCount: 32)
    }

    private static func code(of fields: LengthPrefixed, with key: SymmetricKey) -> Data {
        var bytes = fields.bytes
        defer { bytes.wipe() }
        return Data(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
    }

    static var context: Data { LengthPrefixed("installation secret").bytes }
}
