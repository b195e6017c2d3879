import Foundation
import Model
import Testing

@testable import Spool

@Suite struct SpoolFolderTests {
    @Test func `A host keeps its id, every start has a boot id of its own`() async throws {
        try await withTestFolder { folder in
            let first = try identity(in: folder)
            let again = try identity(in: folder)
            #expect(again.host == first.host)
            #expect(again.boot != first.boot)
            #expect(first.host.description.hasPrefix("host_"))
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/spool")[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
    }

    @Test func `Others hear of a boot once nothing of an earlier one is held`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            var first: SpoolFolder? = try SpoolFolder.open(in: folder)
            #expect(first?.bootHeard == first?.boot)
            try first?.entries.write(.example("att_1"), with: sealer)
            #expect(first?.bootHeard == first?.boot, "its own answers are no earlier ones")
            first = nil
            let second = try SpoolFolder.open(in: folder)
            #expect(second.bootHeard == .unsettled)
            try second.entries.write(.example("att_2"), with: sealer)
            try second.entries.delete(AttemptID("att_1"))
            #expect(second.bootHeard == second.boot)
        }
    }

    @Test func `An earlier answer that bears the name of a draft is one under its own name, too`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            var first: SpoolFolder? = try SpoolFolder.open(in: folder)
            try first?.entries.write(.example("att_1"), with: sealer)
            first = nil
            // As after a power cut: what was written into a draft is durable, and its name is not.
            let entries = folder + "/spool/entries/"
            try FileManager.default.moveItem(atPath: entries + "att_1.entry", toPath: entries + "some.draft")
            let second = try SpoolFolder.open(in: folder)
            #expect(second.bootHeard == .unsettled)
            #expect(second.entries.items(with: sealer).count == 1)
            #expect(second.bootHeard == .unsettled)
            try second.entries.delete(AttemptID("att_1"))
            #expect(second.bootHeard == second.boot)
        }
    }

    @Test func `A second process on the folder is refused, and admitted when the first one is gone`() async throws {
        try await withTestFolder { folder in
            var first: SpoolFolder? = try SpoolFolder.open(in: folder)
            let error = #expect(throws: SpoolError.self) { try SpoolFolder.open(in: folder) }
            #expect(error?.code == .locked)
            #expect(first?.host.description.isEmpty == false)
            first = nil
            _ = try SpoolFolder.open(in: folder)
        }
    }

    @Test func `A folder that others may enter, or that is a link, is refused`() async throws {
        try await withTestFolder { folder in
            _ = try SpoolFolder.open(in: folder)
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link", withDestinationPath: folder + "/spool")
            #expect(throws: SpoolError.self) { try SpoolFolder.open(folder + "/link", now: .start) }
            try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: folder + "/spool")
            let error = #expect(throws: SpoolError.self) { try SpoolFolder.open(in: folder) }
            #expect(error?.description.contains("chmod 700") == true)
        }
    }

    @Test func `A missing host id beside entries or journal lines is an error, never a new host`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            try SpoolFolder.open(in: folder).entries.write(.example(), with: sealer)
            try FileManager.default.removeItem(atPath: folder + "/spool/host-id")
            let error = #expect(throws: SpoolError.self) { try SpoolFolder.open(in: folder) }
            #expect(error?.code == .folder)
        }
        try await withTestFolder { folder in
            try await SpoolFolder.open(in: folder).journal.append(.example(1))
            try FileManager.default.removeItem(atPath: folder + "/spool/host-id")
            #expect(throws: SpoolError.self) { try SpoolFolder.open(in: folder) }
        }
    }

    @Test func `A first start that died before the host id was written begins again`() async throws {
        try await withTestFolder { folder in
            let isComplete = try SpoolFolder.open(in: folder).journal.isComplete
            try FileManager.default.removeItem(atPath: folder + "/spool/host-id")
            let again = try SpoolFolder.open(in: folder)
            #expect(isComplete)
            #expect(again.journal.isComplete)
        }
    }

    @Test func `The folder of one store is refused to every other, until somebody says that it was moved`() async throws
    {
        try await withTestFolder { folder in
            let path = folder + "/spool"
            #expect(try !SpoolFolder.requireStore("sqlite:a.db", in: path))
            try SpoolFolder.open(in: folder).belong(to: "sqlite:a.db")
            try SpoolFolder.open(in: folder).belong(to: "sqlite:a.db")
            #expect(try SpoolFolder.requireStore("sqlite:a.db", in: path))
            let spool = try SpoolFolder.open(in: folder)
            let before = try allBytes(below: path)
            let refused = #expect(throws: SpoolError.self) { try spool.belong(to: "sqlite:a.db.replaced-1") }
            #expect(refused?.code == .otherStore)
            #expect(refused?.description.contains("SPOOL_DIR") == true)
            #expect(refused?.description.contains("remove \(path)/store") == true)
            #expect(throws: SpoolError.self) { try SpoolFolder.requireStore("sqlite:b.db", in: path) }
            #expect(try allBytes(below: path) == before)
            try FileManager.default.removeItem(atPath: path + "/store")
            try spool.belong(to: "sqlite:b.db")
            #expect(throws: SpoolError.self) { try spool.belong(to: "sqlite:a.db") }
        }
    }

    @Test func `A host id that is damaged is an error`() async throws {
        try await withTestFolder { folder in
            _ = try SpoolFolder.open(in: folder)
            for text in ["", "two words", String(repeating: "x", count: 200)] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/spool/host-id"))
                #expect(throws: SpoolError.self) { try SpoolFolder.open(in: folder) }
            }
        }
    }

    /// One start and its end.
    private func identity(in folder: String) throws -> (host: HostID, boot: BootID) {
        let spool = try SpoolFolder.open(in: folder)
        return (spool.host, spool.boot)
    }
}
