import Testing

@testable import Settings

/// `TLS_MODE` and its files.
@Suite struct TLSSettingsTests {
    private static let file = "/dev/null"
    private static let enabled = ["TLS_MODE": "enabled", "TLS_CERT_FILE": file, "TLS_KEY_FILE": file]
    private static let mutual = [
        "TLS_MODE": "mtls", "MTLS_CERT_FILE": file, "MTLS_KEY_FILE": file, "MTLS_CLIENT_CERT_FILE": file,
        "MTLS_CALLERS_FILE": file,
    ]

    @Test func `each mode has its files`() throws {
        #expect(
            try HostSettings.load(environment: Self.enabled).listener.tls
                == .enabled(certificate: Self.file, key: Self.file))
        #expect(
            try HostSettings.load(environment: Self.mutual).listener.tls
                == .mutual(certificate: Self.file, key: Self.file, authorities: Self.file, callers: Self.file))
    }

    @Test(arguments: [enabled, mutual]) func `each file that is missing is named`(_ whole: [String: String]) {
        for name in whole.keys where name != "TLS_MODE" {
            let found = problems(whole.filter { $0.key != name })
            #expect(found.map(\.variable) == [name])
            #expect(found.first?.message.contains("TLS_MODE") == true)
        }
        #expect(
            Set(problems(["TLS_MODE": whole["TLS_MODE"] ?? ""]).map(\.variable))
                == Set(whole.keys).subtracting(["TLS_MODE"]))
    }

    @Test func `a file that cannot be read is one problem, not two`() {
        let found = problems(Self.enabled.merging(["TLS_KEY_FILE": "/no/such/file"]) { $1 })
        #expect(found.map(\.variable) == ["TLS_KEY_FILE"])
    }

    @Test func `with TLS a public HOST is fine, and PUBLIC_URL is https`() throws {
        let settings = try HostSettings.load(environment: Self.enabled.merging(["HOST": "0.0.0.0"]) { $1 })
        #expect(settings.addresses.publicURL == "https://0.0.0.0:8080")
        let named = try HostSettings.load(environment: Self.mutual.merging(["PUBLIC_URL": "https://t.example"]) { $1 })
        #expect(named.addresses.publicURL == "https://t.example")
        // A mode without its files is not served without TLS either.
        #expect(!problems(["TLS_MODE": "enabled", "HOST": "0.0.0.0"]).isEmpty)
    }

    @Test func `files of another mode are noted, and certificates are callers enough`() throws {
        let both = try HostSettings.load(environment: Self.mutual.merging(["TLS_CERT_FILE": Self.file]) { $1 })
        #expect(both.warnings == ["TLS_CERT_FILE has no effect while TLS_MODE is mtls"])
        let none = try HostSettings.load(environment: ["MTLS_CALLERS_FILE": Self.file, "JWT_SECRET": secretA])
        #expect(none.warnings == ["MTLS_CALLERS_FILE has no effect while TLS_MODE is disabled"])
    }
}
