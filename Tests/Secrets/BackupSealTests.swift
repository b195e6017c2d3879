import Foundation
import Model
import Testing

@testable import Secrets

/// SECURITY 59: a backup opens whole and with its own key, or not at all.
@Suite struct BackupSealTests {
    @Test(arguments: [0, 1, BackupSeal.chunk - 1, BackupSeal.chunk, BackupSeal.chunk + 1, 2 * BackupSeal.chunk + 7])
    func `what was sealed comes back, whatever its length`(_ count: Int) async throws {
        try await withTestFolder { folder in
            let bench = try await Bench(folder, bytes: count)
            var last = 0.0
            try bench.seal.seal(bench.plain, into: bench.sealed) { part in
                #expect(part >= last && part <= 1)
                last = part
            }
            try await bench.open()
            #expect(try bench.opened() == Data(contentsOf: URL(fileURLWithPath: bench.plain)))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.contains("draft") })
            let mode = try FileManager.default.attributesOfItem(atPath: bench.sealed)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `one flipped bit anywhere is refused`() async throws {
        try await withTestFolder { folder in
            let bench = try await Bench(folder, bytes: 300)
            try bench.seal.seal(bench.plain, into: bench.sealed) { _ in }
            let good = try Data(contentsOf: URL(fileURLWithPath: bench.sealed))
            for index in good.indices {
                var bad = good
                bad[index] ^= 1 << UInt8(index % 8)
                #expect(await bench.refuses(bad), "byte \(index)")
            }
        }
    }

    @Test func `cut, made longer, or with chunks swapped, dropped, repeated or of another backup: refused`()
        async throws
    {
        try await withTestFolder { folder in
            let bench = try await Bench(folder, bytes: 3 * BackupSeal.chunk)
            try bench.seal.seal(bench.plain, into: bench.sealed) { _ in }
            let good = try Data(contentsOf: URL(fileURLWithPath: bench.sealed))
            let header = bench.seal.header.bytes
            let length = 5 + 12 + BackupSeal.chunk + 16
            let chunks = (0..<3).map { good.dropFirst(header.count + $0 * length).prefix(length) }
            #expect(header + chunks[0] + chunks[1] + chunks[2] == good, "the layout is what this test takes it for")
            let other = try await Bench(folder + "/other", bytes: 3 * BackupSeal.chunk)
            try other.seal.seal(other.plain, into: other.sealed) { _ in }
            let foreign = try Data(contentsOf: URL(fileURLWithPath: other.sealed))
                .dropFirst(other.seal.header.bytes.count)
            let bad: [Data] = [
                header, header + chunks[0], header + chunks[0] + chunks[1], good.dropLast(1), good + Data([0]),
                header + chunks[1] + chunks[0] + chunks[2], header + chunks[0] + chunks[2],
                header + chunks[0] + chunks[0] + chunks[1] + chunks[2], header + foreign,
                header + foreign.prefix(length) + chunks[1] + chunks[2], Data(),
            ]
            for (index, bytes) in bad.enumerated() { #expect(await bench.refuses(Data(bytes)), "case \(index)") }
        }
    }

    @Test func `another key opens nothing, and says which one it was`() async throws {
        try await withTestFolder { folder in
            let bench = try await Bench(folder, bytes: 10)
            try bench.seal.seal(bench.plain, into: bench.sealed) { _ in }
            let other = try FileKeyProvider(path: folder + "/other.key", createIfMissing: true)
            let header = try BackupHeader.read(bench.sealed)
            let error = await #expect(throws: SecretsError.self) { try await BackupSeal(opening: header, with: other) }
            #expect(error?.code == .wrongKey)
            #expect(error?.description.contains(bench.keys.id) == true)
        }
    }

    @Test func `a file that is there is not replaced, and one that fails leaves nothing`() async throws {
        struct Stop: Error {}
        try await withTestFolder { folder in
            let bench = try await Bench(folder, bytes: 10)
            #expect(throws: Stop.self) { try bench.seal.seal(bench.plain, into: bench.sealed) { _ in throw Stop() } }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["master.key", "plain"])
            try Data("mine".utf8).write(to: URL(fileURLWithPath: bench.sealed))
            let error = #expect(throws: SecretsError.self) {
                try bench.seal.seal(bench.plain, into: bench.sealed) { _ in }
            }
            #expect(error?.code == .backupName)
            #expect(try Data(contentsOf: URL(fileURLWithPath: bench.sealed)) == Data("mine".utf8))
        }
    }

    @Test func `a wrong name is told from a disk that is ill`() async throws {
        try await withTestFolder { folder in
            let bench = try await Bench(folder, bytes: 10)
            for path in [folder + "/none", bench.plain + "/below", folder] {
                let error = #expect(throws: SecretsError.self) { try BackupHeader.read(path) }
                #expect(error?.code == .backupName, "\(path)")
            }
            let error = #expect(throws: SecretsError.self) {
                try bench.seal.seal(bench.plain, into: folder + "/none/sealed") { _ in }
            }
            #expect(error?.code == .backupName)
            let full = #expect(throws: SecretsError.self) { throw BackupFile.failure("x", "cannot be written", ENOSPC) }
            #expect(full?.code == .backupFile)
        }
    }
}

/// A file to back up, its seal, and a place for what comes back.
private struct Bench {
    let folder: String
    let keys: FileKeyProvider
    let seal: BackupSeal

    var plain: String { folder + "/plain" }
    var sealed: String { folder + "/sealed" }

    init(_ folder: String, bytes: Int) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.folder = folder
        keys = try FileKeyProvider(path: folder + "/master.key", createIfMissing: true)
        seal = try await BackupSeal(store: "store_1", madeAt: Timestamp(milliseconds: 1_700_000_000_000), with: keys)
        let content = Data((0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try content.write(to: URL(fileURLWithPath: plain))
    }

    func open(_ name: String = "sealed") async throws {
        let header = try BackupHeader.read(folder + "/" + name)
        try await BackupSeal(opening: header, with: keys).open(folder + "/" + name, into: folder + "/opened") { _ in }
    }

    func opened() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder + "/opened")) }

    /// Whether these bytes do not open as a backup.
    func refuses(_ bytes: Data) async -> Bool {
        try? FileManager.default.removeItem(atPath: folder + "/opened")
        do {
            try bytes.write(to: URL(fileURLWithPath: folder + "/changed"))
            try await open("changed")
            return false
        } catch let error as SecretsError {
            return error.code == .refused || error.code == .wrongKey
        } catch {
            return false
        }
    }
}
