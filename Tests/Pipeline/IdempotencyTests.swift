import Foundation
import Model
import SQLiteStore
import StoreContract
import Testing

@testable import Pipeline

/// Bodies of one `Idempotency-Key`.
@Suite struct IdempotencyTests {
    @Test("members have no order: the same JSON is the same body; another value is not, and what is no JSON is itself")
    func canonical() {
        func text(_ body: String) -> [UInt8] { TokenPipeline.canonical(Array(body.utf8)) }
        #expect(text(#"{"a": {"c": 1, "b": [1, 2]}, "d": true}"#) == text(#"{"d":true,"a":{"b":[1,2],"c":1}}"#))
        #expect(text(#"{"a":[1,2]}"#) != text(#"{"a":[2,1]}"#))
        #expect(text("") == [] && text("{") == Array("{".utf8))
    }

    @Test("one host at a time runs the call of a key; what a host has left over, or died over, is run again")
    func turns() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/token-manager-turns-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SQLiteStore.open(path: folder + "/store.db")
        @Sendable func ask(_ host: String, within limit: Duration = .seconds(90)) async throws -> IdempotentAnswer? {
            try await store.write {
                try $0.answerOrTurn("key", Data([1]), of: HostID(host), within: limit)
            }
        }
        #expect(try await ask("a") == nil)
        let met = try #require(try await ask("b"))
        #expect(met.isRunning && met.isRunning(at: HostID("a")) && !met.isRunning(at: HostID("b")))
        #expect(try await ask("a") == nil, "its own is left over")
        #expect(try await ask("b", within: .seconds(-1)) == nil, "a died over it")
        let kept = IdempotentAnswer(
            key: "key", request: Data([1]), status: 201, sealedBody: Data("b".utf8), at: store.now)
        try await store.write { try $0.save(kept) }
        for host in ["a", "b"] { #expect(try await ask(host, within: .seconds(-1)) == kept) }
        try await store.close()
    }
}
