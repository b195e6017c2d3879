import CCurl
import Foundation

/// Refuses, before anything is opened, a request that could say more on the wire than it should (SECURITY 41, 45).
struct RequestCheck {
    let policy: EgressPolicy

    private static let methods: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    /// Framing is the client's, and a compressed answer would not be read.
    private static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer",
        "accept-encoding", "proxy-authorization", "proxy-connection",
    ]

    /// `nil` if the request may be sent.
    func refusal(of request: WireRequest) -> NotSentReason? {
        guard Self.methods.contains(request.method), request.headers.allSatisfy(Self.isSound) else {
            return .malformedRequest
        }
        guard let target = Target(request.url), policy.permits(scheme: target.scheme, host: target.host) else {
            return .malformedRequest
        }
        // Behind a proxy the connect-time veto never sees the host, but an address written out can be judged here.
        if let address = target.address, !policy.permits(address) { return .addressRefused }
        return nil
    }

    private static func isSound(_ header: WireHeader) -> Bool {
        let name = header.name.utf8
        let value = header.value.utf8
        return !name.isEmpty && name.allSatisfy(isTokenByte) && !reserved.contains(header.name.lowercased())
            && value.allSatisfy { (0x20...0x7e).contains($0) } && value.first != 0x20 && value.last != 0x20
    }

    /// RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

/// Scheme and host of a URL as libcurl itself reads them, so that check and connection cannot disagree.
private struct Target {
    let scheme: String
    /// In lower case; a version 6 address keeps its brackets.
    let host: String

    init?(_ url: String) {
        guard url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), !url.contains("#"), let parts = curl_url() else {
            return nil
        }
        defer { curl_url_cleanup(parts) }
        let flags = UInt32(CURLU_PATH_AS_IS | CURLU_DISALLOW_USER)
        guard curl_url_set(parts, CURLUPART_URL, url, flags) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: parts), let host = Self.part(CURLUPART_HOST, of: parts)
        else { return nil }
        self.scheme = scheme
        self.host = host.lowercased()
        // What stands there must be what was read: no hidden form of a host (numbers, escapes, a third slash).
        guard url.lowercased().hasPrefix("\(scheme)://\(self.host)") else { return nil }
    }

    /// The address, if the host is one.
    var address: IPAddress? {
        if host.hasPrefix("[") { return Self.address(AF_INET6, 16, String(host.dropFirst().dropLast())) }
        return Self.address(AF_INET, 4, host)
    }

    private static func address(_ family: Int32, _ count: Int, _ text: String) -> IPAddress? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? IPAddress(bytes: bytes) : nil
    }

    private static func part(_ part: CURLUPart, of parts: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(parts, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
