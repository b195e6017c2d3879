import CryptoExtras
import Foundation
import ProviderSimulator
import TestSupport

/// A service account with its key file as Google's console gives it away, and the form that uploads it.
struct KeyFile: Sendable {
    static let account = "robot@project.iam.gserviceaccount.com"

    let privateKey: String
    let publicKey: String

    init() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        privateKey = key.pkcs8PEMRepresentation + "\n"
        publicKey = key.publicKey.pemRepresentation
        // A line of the key stands for all of it.
        try TestFolders.noteCanaries([String(privateKey.split(separator: "\n")[3])])
    }

    /// What the credentials routes take of it.
    var members: [String: String] {
        ["client_email": Self.account, "private_key": privateKey, "private_key_id": "0123456789abcdef"]
    }

    var json: Data {
        let more = [
            "type": "service_account", "project_id": "project", "client_id": "123456789012345678901",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": "https://oauth2.googleapis.com/token",
            "universe_domain": "googleapis.com",
        ]
        return (try? JSONSerialization.data(withJSONObject: members.merging(more) { $1 }, options: .prettyPrinted))
            ?? Data()
    }

    /// The file as one part of a form.
    var form: Data {
        Data("--b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"key.json\"\r\n".utf8)
            + Data("Content-Type: application/json\r\n\r\n".utf8) + json + Data("\r\n--b0undary--\r\n".utf8)
    }

    /// Registers the key at the provider, for these users and scopes.
    func register(at provider: SimulatedProvider, subjects: [String], scopes: [String]) {
        provider.register(
            AssertionIssuer(
                issuer: Self.account, publicKey: publicKey, subjects: subjects, scopes: scopes))
    }

    /// Uploads it.
    func upload(to connector: String, of scenario: Scenario) async throws -> HTTPProbe.Answer {
        try await scenario.host.probe.send(
            "PUT", scenario.host.url + "/api/v1/connectors/\(connector)/credentials", token: scenario.callers.user(),
            body: form, headers: ["Content-Type": "multipart/form-data; boundary=b0undary"])
    }
}
