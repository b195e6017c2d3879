import StoreContract
import Testing

@testable import PostgresStore

@Suite struct AddressTests {
    @Test(arguments: [
        "postgres://tm@127.0.0.1/db", "postgresql://tm:secret@localhost:6432/db?prepare=named",
        "postgres://tm@%2Fvar%2Frun%2Fpostgresql/db", "postgres:///db?user=tm",
        "postgres://tm@[::1]/db?sslmode=disable",
    ])
    func `this machine needs no encryption`(_ text: String) throws {
        let place = try PostgresURL(text)
        #expect(place.isLocal)
        #expect(place.preparesByName == text.contains("named"))
    }

    @Test func `another machine is verified by name, unless said otherwise by nobody (SECURITY 39)`() throws {
        for text in ["postgres://tm@db.example/tm", "postgres://tm@db.example/tm?sslmode=verify-full"] {
            let place = try PostgresURL(text)
            #expect(!place.isLocal)
            #expect(place.options["sslmode"] == "verify-full")
            #expect(place.options["sslrootcert"] == "/etc/ssl/certs/ca-certificates.crt")
        }
        let own = try PostgresURL("postgres://tm@db.example/tm?sslrootcert=/ca.pem")
        #expect(own.options["sslrootcert"] == "/ca.pem")
    }

    @Test(arguments: [
        ("postgres://tm:hunter2@db.example/tm?sslmode=disable", "sslmode=verify-full"),
        ("postgres://tm:hunter2@db.example/tm?sslmode=require", "sslmode=verify-full"),
        ("postgres://tm:hunter2@db.example/tm?sslmode=verify-ca", "sslmode=verify-full"),
        ("postgres://tm:hunter2@10.0.0.7,127.0.0.1/tm?sslmode=prefer", "sslmode=verify-full"),
        ("postgres://tm:hunter2@localhost/tm?hostaddr=10.0.0.7&sslmode=prefer", "sslmode=verify-full"),
        ("postgres://localhost/tm", "no user"), ("postgres://tm:hunter2@localhost/", "no database"),
        ("postgres://tm:hunter2@localhost/tm?prepare=often", "named"),
        ("postgres://tm:hunter2@localhost/tm?colour=red", "libpq cannot read it"),
    ])
    func `a wrong address says what to write, never the password`(_ text: String, _ remedy: String) {
        let error = #expect(throws: StoreError.self) { try PostgresURL(text) }
        #expect(error?.code == .incompatible)
        #expect(error?.detail.contains(remedy) == true, "\(String(describing: error))")
        #expect(error?.detail.contains("hunter2") == false)
    }

    @Test func `a shown address has no password`() throws {
        let place = try PostgresURL("postgres://tm:hunter2@localhost:6432/db")
        #expect(place.description == "postgres://tm@localhost:6432/db")
    }

    @Test(arguments: [
        ("postgres://tm:hunter2@localhost/db", "postgres:localhost:5432/db"),
        ("postgres://owner@localhost:5432/db?prepare=named", "postgres:localhost:5432/db"),
        ("postgres://tm@%2Frun%2Fpg:5433/db", "postgres:/run/pg:5433/db"),
        ("postgres://tm@one.example,two.example/db", "postgres:one.example,two.example:5432/db"),
        ("postgres://tm@one.example/other", "postgres:one.example:5432/other"),
    ])
    func `a database has one name, whoever logs in`(_ text: String, _ name: String) throws {
        #expect(try PostgresURL(text).place == name)
    }
}
