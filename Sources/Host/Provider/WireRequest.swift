package import Foundation

/// One header field. A value may be a secret, so it prints its name only.
package struct WireHeader: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What an organization presents in the TLS handshake (`client_certificate`): a PEM chain, leaf first, and its PEM key.
package struct ClientCertificate: Sendable, Equatable {
    package var certificatePEM: Data
    package var privateKeyPEM: Data

    package init(certificatePEM: Data, privateKeyPEM: Data) {
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
    }
}

/// A request as it goes on the wire, every secret filled in.
///
/// The client adds only `Host`, `Content-Length`, `Accept: */*` and `User-Agent: token-manager` (the last two if not given).
/// Header names that frame the message (`Host`, `Content-Length`, `Expect`, …) or ask for compression are refused.
package struct WireRequest: Sendable, Equatable {
    /// GET, POST, PUT, PATCH or DELETE.
    package var method: String
    /// Absolute and already encoded; sent as it stands (no dot-segment removal).
    package var url: String
    package var headers: [WireHeader]
    package var body: Data?
    package var clientCertificate: ClientCertificate?

    package init(
        method: String, url: String, headers: [WireHeader] = [], body: Data? = nil,
        clientCertificate: ClientCertificate? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.clientCertificate = clientCertificate
    }
}

/// An answer as it came: nothing decoded but the chunked framing.
package struct WireResponse: Sendable, Equatable {
    package var status: Int
    /// In the order received, names in lower case; no trailers, no interim (1xx) headers.
    package var headers: [WireHeader]
    package var body: Data

    package init(status: Int, headers: [WireHeader] = [], body: Data = Data()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header; the name in any case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name == wanted }?.value
    }
}
