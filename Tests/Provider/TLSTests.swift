import CCurl
import Foundation
import Testing

@testable import Provider

@Suite("TLS towards providers", .timeLimit(.minutes(1)))
struct TLSTests {
    @Test("SECURITY 13: a certificate of the added CA for this host is accepted, over TLS 1.2 and 1.3")
    func accepted() async throws {
        for version in ["-tls1_2", "-tls1_3"] {
            let outcome = try await get(TLSServer(certificate: "good", [version]))
            #expect(outcome.answer?.status == 200)
        }
    }

    @Test(
        "SECURITY 13: self-signed, expired and wrong-host certificates are refused before a byte",
        arguments: ["self-signed", "expired", "wrong-host"])
    func refused(_ certificate: String) async throws {
        let outcome = try await get(TLSServer(certificate: certificate))
        #expect(outcome == .notSent(.certificateRefused))
    }

    @Test("SECURITY 13: without the added CA its certificate is refused: only the system's are trusted")
    func unknownAuthority() async throws {
        let outcome = try await get(TLSServer(certificate: "good"), caFile: nil)
        #expect(outcome == .notSent(.certificateRefused))
    }

    @Test("SECURITY 13: TLS 1.1 is refused, even if the server insists")
    func oldVersion() async throws {
        let server = try TLSServer(certificate: "good", ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"])
        #expect(try await get(server) == .notSent(.tlsFailed))
    }

    @Test("SECURITY 13: the floor is ours, not only the system's OpenSSL configuration's")
    func ownFloor() throws {
        for (version, expected) in [("-tls1_1", CURLE_SSL_CONNECT_ERROR), ("-tls1_2", CURLE_OK)] {
            let server = try TLSServer(certificate: "good", [version, "-cipher", "DEFAULT:@SECLEVEL=0"])
            let easy = try #require(EasyHandle())
            easy.configure(EgressPolicy(allowPrivate: true, caFile: try TLSMaterial.caFile))
            easy.load(WireRequest(method: "GET", url: server.url))
            easy.set(CURLOPT_SSL_CIPHER_LIST, "DEFAULT:@SECLEVEL=0")
            easy.set(CURLOPT_CONNECT_ONLY, 1)
            #expect(easy.isSound)
            #expect(curl_easy_perform(easy.pointer) == expected)
        }
    }

    @Test("RFC 8705: the client certificate of the request is presented, and only when given")
    func clientCertificate() async throws {
        let demand = ["-Verify", "1", "-verify_return_error", "-CAfile", "client-ca.pem", "-tls1_2"]
        let certificate = ClientCertificate(
            certificatePEM: try TLSMaterial.data("client.pem"), privateKeyPEM: try TLSMaterial.data("client.key"))
        let server = try TLSServer(certificate: "good", demand)
        let shown = try await get(server, certificate: certificate)
        let page = String(decoding: shown.answer?.body ?? Data(), as: UTF8.self)
        #expect(page.contains("organization-seven"))
        #expect(try await get(server) == .notSent(.tlsFailed), "none given")
    }

    @Test("A client certificate that does not fit its key is not sent anywhere")
    func unusableClientCertificate() async throws {
        let pairs = [("client.pem", "other.key"), ("client.pem", "ca.pem"), ("client.key", "client.key")]
        let server = try TLSServer(certificate: "good")
        for (chain, key) in pairs {
            let certificate = ClientCertificate(
                certificatePEM: try TLSMaterial.data(chain), privateKeyPEM: try TLSMaterial.data(key))
            #expect(try await get(server, certificate: certificate) == .notSent(.clientCertificateUnusable))
        }
    }

    @Test("row 11: a large answer over TLS is complete")
    func large() async throws {
        let server = try TLSServer(certificate: "good", mode: "-HTTP")
        let outcome = try await get(server, path: "large")
        #expect(outcome.answer?.body.count == 300_000)
    }

    private func get(
        _ server: TLSServer, path: String = "", caFile: String? = try? TLSMaterial.caFile,
        certificate: ClientCertificate? = nil
    ) async throws -> PresentationOutcome {
        try await withClient(EgressPolicy(allowPrivate: true, caFile: caFile)) { client in
            await client.call(
                WireRequest(method: "GET", url: server.url + path, clientCertificate: certificate))
        }
    }
}
