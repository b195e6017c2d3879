import ConnectorSDK
import CryptoExtras
import Foundation
import TestSupport

/// What compiled connectors add to their definitions, as their READMEs say: the provider expects it, and no file tells.
enum Compiled {
    /// What the provider plays; nil: the definition alone.
    static func role(of definition: Definition) -> Definition? {
        guard definition.connector == "google-workspace" else { return nil }
        var role = definition
        for (name, value) in ["access_type": "offline", "include_granted_scopes": "true", "prompt": "consent"] {
            role.authorization?.parameters[name] = Template(value)
        }
        guard role.grants.contains(.jwtBearer) else { return role }
        var assertion = AssertionRules()
        assertion.issuer = Template("{client_email}")
        assertion.audience = role.token.endpoint.first
        role.assertion = assertion
        role.scopes.send = [.assertion]
        return role
    }
}

/// What nobody can make up in text: a key pair for the clients that sign.
struct PlayedKeys: Sendable {
    let publicKey: String
    /// By the names of material and of inputs. Plain http has no handshake in which a certificate could be seen: what
    /// begins as one is one.
    let material: [String: String]

    init() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let text = key.pemRepresentation
        try TestFolders.noteCanaries([String(text.dropFirst(100).prefix(60))])
        publicKey = key.publicKey.pemRepresentation
        material = [
            "client_private_key": text, "private_key": text,
            "client_certificate": "-----BEGIN CERTIFICATE-----not looked at",
        ]
    }
}
