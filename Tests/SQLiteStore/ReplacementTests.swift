import Foundation
import GRDB
import Model
import StoreContract
import Testing

@testable import SQLiteStore

@Suite struct ReplacementTests {
    @Test func `a copy is one consistent state, made while the store is written to`() async throws {
        try await Place.with { place in
            let store = try place.open()
            // The second of two always follows the first in one transaction: no state holds one without the other.
            let writer = Task {
                var number = 0
                while !Task.isCancelled {
                    let text = Data("\(number)".utf8)
                    try await store.write {
                        try $0.set(text, for: "first")
                        try $0.set(text, for: "second")
                    }
                    number += 1
                }
            }
            while try await store.read({ try $0.setting("second") }) == nil { await Task.yield() }
            for number in 0..<5 {
                let path = place.folder + "/copy-\(number)"
                try await store.copy(to: path) { _ in }
                let (first, second) = try settings(path)
                #expect(first != nil && first == second)
                #expect(try mode(path) == 0o600)
            }
            writer.cancel()
            try await writer.value
            try await store.close()
        }
    }

    @Test func `a copy is put in place, and the replaced database stays whole beside it, its log included`()
        async throws
    {
        try await Place.with { place in
            let store = try place.open()
            try await store.write { try $0.set(Data("old".utf8), for: "first") }
            let copy = place.folder + "/copy"
            try await store.copy(to: copy) { _ in }
            try await store.write { try $0.set(Data("new".utf8), for: "first") }
            // As a host leaves it that was killed: with a log that is not folded in.
            for end in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: place.path + end, toPath: place.folder + "/killed" + end)
            }
            try await store.close()
            for end in ["", "-wal"] {
                try? FileManager.default.removeItem(atPath: place.path + end)
                try FileManager.default.moveItem(atPath: place.folder + "/killed" + end, toPath: place.path + end)
            }
            let replacement = try DatabaseReplacement(of: place.path)
            #expect(try replacement.readCurrent { try $0.setting("first") } == Data("new".utf8))
            try FileManager.default.copyItem(atPath: copy, toPath: replacement.draft)
            let draft = try replacement.openDraft()
            try await draft.write { try $0.set(Data("restored".utf8), for: "second") }
            try await draft.close()
            let old = try #require(try replacement.replace(keepingAs: "now"))
            #expect(old == place.path + ".replaced-now")
            #expect(try DatabaseReplacement.replaced(beside: place.path).first == old)
            let (first, second) = try settings(place.path)
            #expect(first == Data("old".utf8) && second == Data("restored".utf8))
            #expect(try settings(old).0 == Data("new".utf8))
            let names = try FileManager.default.contentsOfDirectory(atPath: place.folder + "/store")
            #expect(!names.contains { $0.contains(".draft") })
        }
    }

    @Test func `what was handed over is read of a database that the first version wrote, and not a byte is changed`()
        async throws
    {
        try await Place.with { place in
            try FileManager.default.createDirectory(
                atPath: place.folder + "/store", withIntermediateDirectories: true)
            let queue = try DatabaseQueue(path: place.path)
            try Schema.migrator.migrate(queue, upTo: "1-first")
            try await queue.write { try $0.execute(sql: Self.handedOver) }
            try queue.close()
            let before = try Data(contentsOf: URL(fileURLWithPath: place.path))
            let replacement = try DatabaseReplacement(of: place.path)
            let found = try replacement.handOvers()
            #expect(
                found == [
                    HandOver(
                        attempt: AttemptID("given"), line: LineID(connection: ConnectionID("c"), name: "default"),
                        grant: GrantID("now"), generation: 3, fence: 7, host: HostID("h"), boot: BootID("b"),
                        caller: "operator:ada", at: Timestamp(milliseconds: 5))
                ])
            #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)) == before)
            withExtendedLifetime(replacement) {}
        }
    }

    /// A line that was handed over, once taken back, and once with its grant before.
    private static let handedOver = """
        INSERT INTO connection (id, organization, connector, client, created_at, name, owner, updated_at, grant_type, inputs,
          requested_scopes, captured, metadata, revocation)
          VALUES ('c', 'o', 'acme', 'default', 1, 'n', 'organization', 1, 'refresh_token', '{}', '[]', '{}', '{}', 'none');
        INSERT INTO line (connection, name, organization, grant_id, rotation, state, enabled, generation, fence, quiet_at,
          next_try_at, failures, reports, can_present, must_finish)
          VALUES ('c', 'default', 'o', 'now', 'single_use', 'verify', 1, 3, 7, 0, 0, 0, 0, 1, 0);
        INSERT INTO attempt (id, connection, line, grant_id, generation_in, fence, purpose, rotation, host, boot, caller,
          claimed_at, state, sent_at, holder_clear)
          VALUES
            ('given', 'c', 'default', 'now', 3, 7, 'hand_over', 'single_use', 'h', 'b', 'operator:ada', 5, 'ambiguous', 5, 1),
            ('back', 'c', 'default', 'now', 3, 7, 'hand_over', 'single_use', 'h', 'b', 'operator:ada', 4, 'not_sent', 4, 1),
            ('old', 'c', 'default', 'before', 1, 2, 'hand_over', 'single_use', 'h', 'b', 'operator:ada', 3, 'ambiguous', 3, 1),
            ('lost', 'c', 'default', 'now', 3, 6, 'normal', 'single_use', 'h', 'b', 'host', 2, 'ambiguous', 2, 1);
        """

    @Test func `a log without its database is not taken for the new one's`() async throws {
        try await Place.with { place in
            let store = try place.open()
            try await store.write { try $0.set(Data("good".utf8), for: "first") }
            let copy = place.folder + "/copy"
            try await store.copy(to: copy) { _ in }
            try await store.write { try $0.set(Data("bad".utf8), for: "first") }
            try FileManager.default.copyItem(atPath: place.path + "-wal", toPath: place.folder + "/log")
            try await store.close()
            for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: place.path + end) }
            try FileManager.default.moveItem(atPath: place.folder + "/log", toPath: place.path + "-wal")
            let replacement = try DatabaseReplacement(of: place.path)
            #expect(try replacement.readCurrent { try $0.setting("first") } == nil)
            try FileManager.default.copyItem(atPath: copy, toPath: replacement.draft)
            try await replacement.openDraft().close()
            #expect(try replacement.replace(keepingAs: "now") == nil)
            #expect(try settings(place.path).0 == Data("good".utf8))
        }
    }

    @Test func `who replaces holds the lock, and is refused while a host has it`() async throws {
        try await Place.with { place in
            let store = try place.open()
            #expect(throws: StoreError.self) { try DatabaseReplacement(of: place.path) }
            #expect(SQLiteStore.isHeld(path: place.path))
            try await store.close()
            #expect(!SQLiteStore.isHeld(path: place.path))
            let replacement = try DatabaseReplacement(of: place.path)
            let error = #expect(throws: StoreError.self) { try place.open() }
            #expect(error?.code == .locked)
            withExtendedLifetime(replacement) {}
        }
    }

    @Test func `a draft that was left is gone when the database is opened again, and what was replaced is named`()
        async throws
    {
        try await Place.with { place in
            #expect(try DatabaseReplacement.replaced(beside: place.path) == [], "there is no folder yet")
            try await place.open().close()
            let draft = ["", "-wal", "-shm", ".lock"].map { place.path + ".draft" + $0 }
            let kept = ["", "-2", "-2-wal"].map { place.path + ".replaced-1" + $0 }
            for file in draft + kept { try Data("erased".utf8).write(to: URL(fileURLWithPath: file)) }
            let store = try place.open()
            #expect(draft.filter { FileManager.default.fileExists(atPath: $0) } == [])
            #expect(try DatabaseReplacement.replaced(beside: place.path) == kept)
            try await store.close()
        }
    }

    @Test func `a damaged draft is refused`() async throws {
        try await Place.with { place in
            let store = try place.open()
            let copy = place.folder + "/copy"
            try await store.write { transaction in
                for number in 0..<200 { try transaction.set(Data(count: 500), for: "setting-\(number)") }
            }
            try await store.copy(to: copy) { _ in }
            try await store.close()
            let replacement = try DatabaseReplacement(of: place.path)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: copy))
            // The last page is one of the table's many.
            bytes.replaceSubrange((bytes.count - 4096)..<bytes.count, with: Data(repeating: 0xA5, count: 4096))
            try bytes.write(to: URL(fileURLWithPath: replacement.draft))
            let error = #expect(throws: StoreError.self) { try replacement.openDraft() }
            #expect(error?.code == .incompatible || error?.code == .corrupt, "\(String(describing: error))")
        }
    }

    private func settings(_ path: String) throws -> (Data?, Data?) {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { database in
            func value(_ name: String) throws -> Data? {
                try Data.fetchOne(database, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
            }
            return (try value("first"), try value("second"))
        }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}
