import Crypto
import Foundation
import Testing

@testable import Secrets

@Suite struct FileKeyProviderTests {
    @Test func `The first start makes 32 bytes that only the owner may read, the next one reads them`() async throws {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            let first = try FileKeyProvider(path: path, createIfMissing: true)
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.size] as? Int == 32)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["master.key"], "no draft is left")
            let second = try FileKeyProvider(path: path, createIfMissing: true)
            #expect(first.id == second.id)
            let key = SymmetricKey(size: .bits256)
            let wrapped = try first.wrap(key, context: Data("place".utf8))
            #expect(try second.unwrap(wrapped, context: Data("place".utf8)) == key)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644, 0o666]) func `A file open to others is refused`(mode: Int)
        async throws
    {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            expectRefused(path, remedy: "chmod 600")
        }
    }

    @Test(arguments: [0, 1, 31, 33, 64]) func `A file of a wrong length is refused and kept`(length: Int) async throws {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            try Data(repeating: 7, count: length).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            expectRefused(path, remedy: "Restore it")
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == length)
        }
    }

    @Test func `A symbolic link and a folder are refused`() async throws {
        try await withTestFolder { folder in
            _ = try FileKeyProvider(path: folder + "/real.key", createIfMissing: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link.key", withDestinationPath: folder + "/real.key")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/dangling.key", withDestinationPath: folder + "/nothing")
            expectRefused(folder + "/link.key", remedy: "symbolic link")
            expectRefused(folder + "/dangling.key", remedy: "symbolic link")
            expectRefused(folder, remedy: "not a regular file")
        }
    }

    @Test func `SECURITY 26: where something sealed exists, no new key is made`() async throws {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            #expect(throws: SecretsError.self) { try FileKeyProvider(path: path, createIfMissing: false) }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `Hosts that start at once end up with one key`() async throws {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<16 { group.addTask { try FileKeyProvider(path: path, createIfMissing: true).id } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }

    @Test func `SECURITY 26: the wrong key at start is told from the right one and from a changed check`() async throws
    {
        try await withTestFolder { folder in
            let right = try FileKeyProvider(path: folder + "/right.key", createIfMissing: true)
            let wrong = try FileKeyProvider(path: folder + "/wrong.key", createIfMissing: true)
            let stored = try await KeyCheck.make(right)
            try await KeyCheck.verify(stored, right)
            let error = await #expect(throws: SecretsError.self) { try await KeyCheck.verify(stored, wrong) }
            #expect(error?.code == .wrongKey)
            #expect(error?.description.contains("KEY_PROVIDER") == true)
            for index in stored.indices {
                var changed = stored
                changed[index] ^= 1
                await #expect(throws: SecretsError.self) { try await KeyCheck.verify(changed, right) }
            }
            let other = try await InstallationSecret.make(right)
            await #expect(throws: SecretsError.self) { try await KeyCheck.verify(other, right) }
        }
    }

    private func expectRefused(_ path: String, remedy: String) {
        let error = #expect(throws: SecretsError.self) { try FileKeyProvider(path: path, createIfMissing: true) }
        #expect(error?.code == .keyFile)
        #expect(error?.description.contains(remedy) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(path) == true)
    }
}
