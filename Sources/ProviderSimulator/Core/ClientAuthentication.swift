import Foundation

/// How a client says who it is at the token endpoint (RFC 6749 §2.3).
struct ClientCredentials: Sendable, Equatable {
    var id: String?
    var secret: String?

    /// Reads the header and the body. Fails on a broken header and on two methods at once (RFC 6749 §2.3).
    init(authorization: String?, parameters: Parameters) throws(OAuthFailure) {
        id = parameters["client_id"]
        secret = parameters["client_secret"]
        guard let authorization else { return }
        guard let (name, password) = Self.basicPair(authorization) else {
            throw .invalidClient("the Authorization header is not a Basic pair")
        }
        if secret != nil { throw .invalidRequest("two client authentication methods at once") }
        if let id, id != name { throw .invalidRequest("client_id differs from the Authorization header") }
        (id, secret) = (name, password)
    }

    /// The client's name as it stands in the call, unchecked: by it faults and gates are chosen.
    static func claimedID(authorization: String?, parameters: Parameters) -> String? {
        authorization.flatMap(basicPair)?.name ?? parameters["client_id"]
    }

    /// Both halves are form-encoded before they are joined (RFC 6749 §2.3.1).
    static func basicPair(_ header: String) -> (name: String, password: String)? {
        let words = header.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2, words[0].lowercased() == "basic",
            let data = Data(base64Encoded: String(words[1])),
            let colon = data.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return (FormText.decode(data[..<colon]), FormText.decode(data[data.index(after: colon)...]))
    }
}

extension AuthorizationServer {
    /// The client that calls, or `invalid_client`. A client without secret names itself only (method `none`).
    func authenticate(_ parameters: Parameters, authorization: String?) throws(OAuthFailure) -> SimulatedClient {
        let credentials = try ClientCredentials(authorization: authorization, parameters: parameters)
        guard let id = credentials.id, let client = clients[id] else {
            throw .invalidClient("unknown client")
        }
        guard (client.secret ?? "") == (credentials.secret ?? "") else {
            throw .invalidClient("wrong client secret")
        }
        return client
    }
}
