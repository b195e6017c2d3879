import CPQ
import Foundation
import StoreContract

/// An address of `STORE_URL`: `postgres://user:password@host:port/database?…` with libpq's parameters, and
/// `prepare=named` for a connection that no pooler stands in.
package struct PostgresURL: Sendable, Hashable, CustomStringConvertible {
    /// What libpq takes, everything that decides where and how it connects included: nothing of that comes from `PG…`
    /// variables.
    let options: [String: String]
    let preparesByName: Bool
    /// On this machine: a Unix socket or a loopback address.
    let isLocal: Bool

    /// - Throws: `StoreError.Code.incompatible` with what is wrong and what to write instead; never the password.
    package init(_ text: String) throws {
        let (address, prepares) = try Self.withoutPreparing(text)
        var options = try Self.parse(address)
        guard let database = options["dbname"], !database.isEmpty, let user = options["user"], !user.isEmpty else {
            throw Self.wrong("it names no user or no database; write postgres://USER@HOST/DATABASE")
        }
        let hosts = (options["host"] ?? Self.socketFolder).split(separator: ",").map(String.init)
        let addresses = (options["hostaddr"] ?? "").split(separator: ",").map(String.init)
        isLocal = (hosts + addresses).allSatisfy(Self.isLocal)
        options["host"] = hosts.joined(separator: ",")
        options["sslmode"] = try Self.encryption(options["sslmode"], isLocal: isLocal)
        for (key, value) in Self.defaults where options[key] == nil { options[key] = value }
        if !isLocal, options["sslrootcert"] == nil { options["sslrootcert"] = Self.systemAuthorities }
        self.options = options
        preparesByName = prepares
    }

    /// Without password.
    package var description: String {
        "postgres://\(user)@\(options["host"] ?? ""):\(ports)/\(options["dbname"] ?? "")"
    }

    /// Where it is, whoever logs in: names the database as this machine finds it, as a path does a file.
    package var place: String {
        "postgres:\(options["hostaddr"] ?? options["host"] ?? ""):\(ports)/\(options["dbname"] ?? "")"
    }

    /// One for each host, or one for all; what is left out is the usual one.
    private var ports: String {
        let ports = (options["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "5432" : String($0) }
        return Set(ports).count == 1 ? ports[0] : ports.joined(separator: ",")
    }

    /// Who logs in.
    var user: String { options["user"] ?? "" }

    /// Whether it is the same database, whoever logs in.
    package func isSameDatabase(as other: PostgresURL) -> Bool {
        options["dbname"] == other.options["dbname"]
    }

    /// A server that is silent is given up: connections that a frozen machine holds would stall for hours.
    private static let defaults = [
        "application_name": "token-manager", "connect_timeout": "5", "keepalives_idle": "10",
        "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "20000", "client_encoding": "UTF8",
        "port": "5432", "target_session_attrs": "read-write",
    ]

    /// Debian's place, as libpq has it there.
    private static let socketFolder = "/var/run/postgresql"
    private static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

    private static func isLocal(_ host: String) -> Bool {
        host.hasPrefix("/") || ["localhost", "127.0.0.1", "::1"].contains(host)
    }

    /// SECURITY.md line 39: over a network only encrypted, to a server whose name was verified.
    private static func encryption(_ asked: String?, isLocal: Bool) throws -> String {
        if isLocal { return asked ?? "prefer" }
        guard asked ?? "verify-full" == "verify-full" else {
            throw wrong(
                "sslmode=\(asked ?? "") does not verify a server on another machine; write sslmode=verify-full, and "
                    + "sslrootcert=FILE where its certificate is of an authority of your own")
        }
        return "verify-full"
    }

    private static func withoutPreparing(_ text: String) throws -> (String, Bool) {
        guard let mark = text.firstIndex(of: "?") else { return (text, false) }
        let parameters = text[text.index(after: mark)...].split(separator: "&")
        let ours = parameters.filter { $0.hasPrefix("prepare=") }
        guard ours.allSatisfy({ $0 == "prepare=named" }) else { throw wrong("prepare can only be `named`") }
        let rest = parameters.filter { !$0.hasPrefix("prepare=") }.joined(separator: "&")
        return (text[..<mark] + (rest.isEmpty ? "" : "?" + rest), !ours.isEmpty)
    }

    private static func parse(_ text: String) throws -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let found = PQconninfoParse(text, &message) else {
            // libpq's text may repeat the address, password included.
            PQfreemem(message)
            throw wrong("libpq cannot read it; write postgres://USER:PASSWORD@HOST:PORT/DATABASE, %-encoded")
        }
        defer { PQconninfoFree(found) }
        var options: [String: String] = [:]
        var option = found
        while let key = option.pointee.keyword {
            if let value = option.pointee.val { options[String(cString: key)] = String(cString: value) }
            option += 1
        }
        return options
    }

    private static func wrong(_ what: String) -> StoreError {
        StoreError(.incompatible, "the store's address: \(what)")
    }
}
