import ConnectorSDK

/// What `STORE_URL` names.
enum StoreAddress: Sendable, Hashable {
    /// The path behind `sqlite:`.
    case sqlite(String)
    /// The whole address: it may hold a password.
    case postgres(Secret)
}

/// Settings that choose between backends.
extension Format {
    static func store(_ text: String) throws(WrongValue) -> StoreAddress {
        let remedy = "use sqlite:PATH, as in sqlite:var/token-manager.db, or postgres://USER@HOST/DATABASE"
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") { return .postgres(Secret(text)) }
        guard text.hasPrefix("sqlite:") else { throw WrongValue("it names no store", remedy: remedy) }
        var path = text.dropFirst("sqlite:".count)
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        let isAbsolute = path.hasPrefix("/")
        guard !path.isEmpty, path != ":memory:", !path.contains("?"), isAbsolute || !text.hasPrefix("sqlite://") else {
            throw WrongValue("it names no file that lasts", remedy: remedy)
        }
        return .sqlite(try self.path(String(path)))
    }

    /// - Returns: the path behind `file:`.
    static func keyFile(_ text: String) throws(WrongValue) -> String {
        let remedy = "use file:PATH, as in file:var/master.key"
        for scheme in ["env", "gcp-kms", "aws-kms", "pkcs11"] where text.hasPrefix(scheme + ":") {
            throw WrongValue("the key provider `\(scheme)` is not in this build", remedy: remedy)
        }
        guard text.hasPrefix("file:"), text != "file:" else {
            throw WrongValue("it names no key provider", remedy: remedy)
        }
        return try path(String(text.dropFirst("file:".count)))
    }

    static func events(_ text: String) throws(WrongValue) {
        try only("store:", text, absent: ["kafka": "Kafka"], what: "event sink")
    }

    static func cache(_ text: String) throws(WrongValue) {
        try only("memory:", text, absent: ["redis": "Redis", "rediss": "Redis"], what: "cache")
    }

    static func configuration(_ text: String) throws(WrongValue) {
        try only("store:", text, absent: ["etcd": "etcd", "etcds": "etcd"], what: "configuration store")
    }

    private static func only(
        _ allowed: String, _ text: String, absent: [String: String], what: String
    ) throws(WrongValue) {
        if text == allowed { return }
        let scheme = text.prefix { $0 != ":" }
        if let name = absent[String(scheme)] {
            throw WrongValue("the \(what) \(name) is not in this build", remedy: "use \(allowed)")
        }
        throw WrongValue("it names no \(what)", remedy: "use \(allowed)")
    }
}

/// `TLS_MODE`.
enum TLSMode: String, Sendable, CaseIterable {
    case disabled, enabled, mtls
}
