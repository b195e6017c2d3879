import Foundation
import GRDB
import Model
import StoreContract
import Testing

@testable import SQLiteStore

@Suite struct OpeningTests {
    @Test func `a second opener is refused until the first one lets go`() async throws {
        try await Place.with { place in
            let first = try place.open()
            let error = #expect(throws: StoreError.self) { try place.open() }
            #expect(error?.code == .locked)
            #expect(error?.detail.contains(place.path + ".lock") == true)
            try await first.write { try $0.insert(sample("c1")) }
            try await first.close()
            let second = try place.open()
            #expect(try await second.read { try $0.connection(ConnectionID("c1")) } != nil)
            try await second.close()
        }
    }

    @Test func `a database that is open is refused by its other names too`() async throws {
        try await Place.with { place in
            let first = try place.open()
            let other = place.folder + "/other.sqlite"
            try FileManager.default.linkItem(atPath: place.path, toPath: other)
            let error = #expect(throws: StoreError.self) { try SQLiteStore.open(path: other) }
            #expect(error?.code == .locked)
            #expect(error?.detail.contains(other) == true && error?.detail.contains("hard link") == true)
            try await first.write { try $0.insert(sample("c1")) }
            try await first.close()
            let second = try SQLiteStore.open(path: other)
            #expect(try await second.read { try $0.connection(ConnectionID("c1")) } != nil)
            #expect(throws: StoreError.self) { try place.open() }
            #expect(throws: StoreError.self, "what is in another's log would be lost") {
                try DatabaseReplacement(of: place.path)
            }
            try await second.close()
        }
    }

    @Test func `a look at a database leaves nothing beside it and changes nothing`() async throws {
        try await Place.with { place in
            let store = try place.open()
            try await store.write { try $0.set(Data("v".utf8), for: "known") }
            try await store.close()
            let folder = (place.path as NSString).deletingLastPathComponent
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            let bytes = try Data(contentsOf: URL(fileURLWithPath: place.path))
            #expect(try SQLiteStore.storedSetting("known", path: place.path) == Data("v".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names)
            #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)) == bytes)
        }
    }

    @Test func `what a host that was killed had committed last is seen, and stays in its log`() async throws {
        try await Place.with { place in
            let store = try place.open()
            try await store.write { try $0.set(Data("v".utf8), for: "known") }
            // As a kill leaves them: the log is not in the database.
            let copy = place.folder + "/copy.sqlite"
            for end in ["", "-wal"] { try FileManager.default.copyItem(atPath: place.path + end, toPath: copy + end) }
            try await store.close()
            let bytes = try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: copy + $0)) }
            #expect(!bytes[1].isEmpty)
            #expect(try SQLiteStore.storedSetting("known", path: copy) == Data("v".utf8))
            #expect(try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: copy + $0)) } == bytes)
        }
    }

    @Test func `the lock lies beside the database and is closed in child processes`() async throws {
        try await Place.with { place in
            let store = try place.open()
            let link = { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0) }
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            let lock = try #require(open.first { link($0) == place.path + ".lock" })
            let information = try String(contentsOfFile: "/proc/self/fdinfo/\(lock)", encoding: .utf8)
            let flags = try #require(information.firstMatch(of: /flags:\s*([0-7]+)/)?.1)
            let value = try #require(Int(flags, radix: 8))
            #expect(value & 0o2000000 != 0, "O_CLOEXEC")
            #expect(information.contains("OFDLCK"))
            try await store.close()
        }
    }

    @Test func `only the owner can read what is stored`() async throws {
        try await Place.with { place in
            let store = try place.open()
            try await store.write { try $0.insert(sample("c1")) }
            for end in ["", "-wal", "-shm", ".lock"] { #expect(try mode(place.path + end) == 0o600, "\(end)") }
            #expect(try mode(place.folder + "/store") == 0o700)
            try await store.close()
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: place.path)
            let again = try place.open()
            #expect(try mode(place.path) == 0o600)
            try await again.close()
        }
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test func `a newer schema is refused and left as it is`() async throws {
        try await Place.with { place in
            try await place.open().close()
            try await alter(place, "INSERT INTO grdb_migrations VALUES ('9-from-the-future')")
            try expectRefusal(place, "newer version")
        }
    }

    @Test func `another program's database is refused and left as it is`() async throws {
        try await Place.with { place in
            try await place.open().close()
            try FileManager.default.removeItem(atPath: place.path)
            try await alter(place, "CREATE TABLE song (id INTEGER)")
            try expectRefusal(place, "another program")
        }
    }

    @Test func `a file that is no database is refused and left as it is`() async throws {
        try await Place.with { place in
            try await place.open().close()
            try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: place.path))
            try expectRefusal(place, place.path)
        }
    }

    private func alter(_ place: Place, _ sql: String) async throws {
        let queue = try DatabaseQueue(path: place.path)
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    private func expectRefusal(_ place: Place, _ text: String) throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: place.path))
        let error = #expect(throws: StoreError.self) { try place.open() }
        #expect(error?.code == .incompatible)
        #expect(error?.detail.contains(text) == true, "\(String(describing: error))")
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)) == before)
        let again = #expect(throws: StoreError.self) { try place.open() }
        #expect(again?.code == .incompatible, "the lock was let go")
    }

    @Test(arguments: [
        ("/data/db", "nfs4"), ("/data/db/deep", "nfs4"), ("/data/dbx", nil), ("/", nil),
        ("/home/a b/store", "fuse.sshfs"),
        ("/mnt/share", nil), ("/srv/x", "cifs"),
    ])
    func `a network file system is found by its mount`(_ path: String, _ type: String?) {
        let mounts = """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            30 22 0:40 / /data/db rw,relatime shared:2 - nfs4 server:/x rw,vers=4.2
            31 22 0:41 / /home/a\\040b rw - fuse.sshfs host:/ rw
            32 22 0:42 / /mnt/share rw - cifs //host/share rw
            33 22 8:2 / /mnt/share rw - xfs /dev/sdb1 rw
            34 22 0:43 / /srv rw master:3 - cifs //host/srv rw
            """
        #expect(Mounts.networkFileSystem(of: path, in: mounts) == type)
    }

    @Test func `store time starts at the wall clock, goes on, and is the injected one in a transaction`() async throws {
        let system = StoreClock.system()
        let wall = Int64(Date().timeIntervalSince1970 * 1000)
        #expect(abs(system.now.milliseconds - wall) < 5000)
        let first = system.now
        #expect(system.now >= first)
        try await Place.with { place in
            let store = try place.open(clock: StoreClock { Timestamp(milliseconds: 42) })
            #expect(store.now == Timestamp(milliseconds: 42))
            #expect(try await store.write { $0.now } == Timestamp(milliseconds: 42))
            #expect(try await store.read { $0.now } == Timestamp(milliseconds: 42))
            try await store.close()
        }
    }
}
