import CCurl
import Foundation

/// One libcurl handle, set up for one presentation and used by one thread.
///
/// Nothing here makes libcurl log, follow, retry, decode or remember anything.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let headers = HeaderLines()
    private var pinned: [PinnedBytes] = []
    /// No option has been refused so far; a handle that is not sound is never run.
    private(set) var isSound = true

    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
    }

    deinit { curl_easy_cleanup(pointer) }

    func set(_ option: CURLoption, _ value: Int) { check(tm_curl_set_long(pointer, option, value)) }
    func set(_ option: CURLoption, _ value: String) { check(tm_curl_set_string(pointer, option, value)) }
    func setPointer(_ option: CURLoption, _ value: UnsafeRawPointer?) {
        check(tm_curl_set_pointer(pointer, option, value))
    }
    func setData(_ option: CURLoption, _ callback: tm_curl_data_callback) {
        check(tm_curl_set_data_callback(pointer, option, callback))
    }
    func check(_ code: CURLcode) { isSound = isSound && code == CURLE_OK }
}

extension EasyHandle {
    /// A fresh connection of its own, HTTP/1.1, TLS 1.2 or newer with every check (SECURITY 13), and no time-out of
    /// libcurl's once the request may start.
    func configure(_ policy: EgressPolicy) {
        set(CURLOPT_PROTOCOLS_STR, policy.protocols)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        set(CURLOPT_FRESH_CONNECT, 1)
        set(CURLOPT_FORBID_REUSE, 1)
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        set(CURLOPT_HTTP_CONTENT_DECODING, 0)
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSL_SESSIONID_CACHE, 0)
        configureProxy(policy)
        configureTrust(policy)
    }

    /// Empty strings keep libcurl from asking the environment.
    private func configureProxy(_ policy: EgressPolicy) {
        set(CURLOPT_PROXY, policy.proxy ?? "")
        set(CURLOPT_NOPROXY, "")
        set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    }

    /// Only the system's bundle: libcurl then parses it once per multi handle and keeps it. With a bundle of our own
    /// beside it, that file and the system's hashed directory.
    private func configureTrust(_ policy: EgressPolicy) {
        guard let file = policy.caFile else { return setPointer(CURLOPT_CAPATH, nil) }
        let directory = curl_version_info(CURLVERSION_SEVENTH).pointee.capath.map { String(cString: $0) }
        for (option, value) in [
            (CURLOPT_CAINFO, file), (CURLOPT_CAPATH, directory ?? "/etc/ssl/certs"),
            (CURLOPT_PROXY_CAINFO, file), (CURLOPT_PROXY_CAPATH, directory ?? "/etc/ssl/certs"),
        ] {
            set(option, value)
        }
    }

    func load(_ request: WireRequest) {
        set(CURLOPT_URL, request.url)
        loadBody(request)
        set(CURLOPT_CUSTOMREQUEST, request.method)
        loadHeaders(request)
        if let certificate = request.clientCertificate {
            set(CURLOPT_SSLCERTTYPE, "PEM")
            set(CURLOPT_SSLKEYTYPE, "PEM")
            setBlob(CURLOPT_SSLCERT_BLOB, certificate.certificatePEM)
            setBlob(CURLOPT_SSLKEY_BLOB, certificate.privateKeyPEM)
        }
    }

    private func loadBody(_ request: WireRequest) {
        guard request.body != nil || request.method == "POST" else { return set(CURLOPT_HTTPGET, 1) }
        let body = pin(request.body ?? Data())
        set(CURLOPT_POST, 1)
        check(tm_curl_set_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, Int64(body.buffer.count)))
        setPointer(CURLOPT_POSTFIELDS, UnsafeRawPointer(body.buffer.baseAddress))
    }

    private func loadHeaders(_ request: WireRequest) {
        let given = Set(request.headers.map { $0.name.lowercased() })
        // libcurl's spelling: "Name;" sends an empty value, "Name:" sends no such header.
        var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        lines.append("Expect:")
        if !given.contains("content-type") { lines.append("Content-Type:") }
        if !given.contains("user-agent") { lines.append("User-Agent: token-manager") }
        for line in lines where !headers.append(line) { isSound = false }
        setPointer(CURLOPT_HTTPHEADER, UnsafeRawPointer(headers.list))
    }

    private func setBlob(_ option: CURLoption, _ data: Data) {
        let bytes = pin(data)
        check(tm_curl_set_blob(pointer, option, bytes.buffer.baseAddress, bytes.buffer.count))
    }

    private func pin(_ data: Data) -> PinnedBytes {
        let bytes = PinnedBytes(data)
        pinned.append(bytes)
        return bytes
    }
}
