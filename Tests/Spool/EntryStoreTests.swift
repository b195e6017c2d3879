import CLinux
import Foundation
import Glibc
import Model
import Secrets
import Synchronization
import Testing

@testable import Spool

@Suite struct EntryStoreTests {
    @Test func `row 11: an answer is read back whole after a restart, until row 13 deletes it`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            var refresh = SpoolEntry.example("att_2", organization: "other")
            refresh.kind = .refresh
            refresh.presented = nil
            refresh.body = Data()
            let written = [SpoolEntry.example(), refresh]
            for entry in written { try SpoolFolder.open(in: folder).entries.write(entry, with: sealer) }
            let entries = try SpoolFolder.open(in: folder).entries
            #expect(entries.items(with: sealer).map(\.entry) == written)
            #expect(entries.count == 2)
            #expect(entries.organizations == [OrganizationID("acme"), OrganizationID("other")])
            try entries.delete(AttemptID("att_1"))
            try entries.delete(AttemptID("att_1"))
            #expect(entries.items(with: sealer).map(\.entry) == [refresh])
        }
        try await withTestFolder { folder in
            let spool = try SpoolFolder.open(in: folder)
            #expect(spool.entries.count == 0)
        }
    }

    @Test func `an entry that is put away while all are read is missed by nobody`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            let reading = Task.detached {
                var faults: [String] = []
                while !Task.isCancelled {
                    for case .unreadable(let found) in entries.items(with: sealer) { faults.append(found.reason) }
                }
                return faults
            }
            for number in 0..<300 {
                let entry = SpoolEntry.example("att_\(number)")
                try entries.write(entry, with: sealer)
                try entries.delete(entry.attempt)
            }
            reading.cancel()
            #expect(await reading.value.isEmpty)
        }
    }

    @Test func `row 1: a line with an entry is known, also after a restart`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entry = SpoolEntry.example()
            try SpoolFolder.open(in: folder).entries.write(entry, with: sealer)
            let entries = try SpoolFolder.open(in: folder).entries
            #expect(entries.hasEntry(for: entry.line))
            #expect(!entries.hasEntry(for: LineID(connection: entry.line.connection, name: "bot")))
            try entries.delete(entry.attempt)
            #expect(!entries.hasEntry(for: entry.line))
        }
    }

    @Test func `a deleted organization's answers are removed, kept and damaged ones too, and nobody else's`()
        async throws
    {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            for (attempt, organization) in [
                ("att_1", "acme"), ("att_2", "acme"), ("att_3", "other"), ("att_4", "other"),
            ] {
                try entries.write(SpoolEntry.example(attempt, organization: organization), with: sealer)
            }
            for attempt in ["att_2", "att_4"] { try entries.keep(AttemptID(attempt)) }
            let damaged = folder + "/spool/damaged"
            try FileManager.default.createDirectory(atPath: damaged, withIntermediateDirectories: true)
            for (attempt, place) in [("att_1", "entries"), ("att_3", "entries")] {
                try FileManager.default.copyItem(
                    atPath: folder + "/spool/\(place)/\(attempt).entry", toPath: damaged + "/\(attempt).entry")
            }
            try entries.erase(OrganizationID("acme"))
            #expect(entries.organizations == [OrganizationID("other")])
            #expect(entries.kept.organizations == [OrganizationID("other")])
            #expect(try FileManager.default.contentsOfDirectory(atPath: damaged) == ["att_3.entry"])
            let again = try SpoolFolder.open(in: folder).entries
            #expect(again.count == 1 && again.kept.count == 1)
        }
    }

    @Test func `SECURITY 18: no byte of the folder shows a secret, and none of its values prints one`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let spool = try SpoolFolder.open(in: folder)
            try spool.entries.write(.example(), with: sealer)
            try await spool.journal.append(.example(1))
            let bytes = try allBytes(below: folder)
            #expect(bytes.range(of: Data("conn_att_1".utf8)) != nil, "the scan sees the files")
            #expect(bytes.range(of: Data("canary".utf8)) == nil)
            #expect(bytes.range(of: Data("canary-access".utf8).base64EncodedData()) == nil)
            var dumped = ""
            dump(spool.entries.items(with: sealer), to: &dumped)
            #expect(!"\(SpoolEntry.example()) \(dumped)".contains("canary"))
            #expect(!dumped.contains("99"), "no bytes of the body either")
        }
    }

    @Test func `SECURITY 20, 21: a damaged or exchanged file is reported, set aside, and hinders nothing`() async throws
    {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            for attempt in ["a", "b", "c", "d", "e"] { try entries.write(.example(attempt), with: sealer) }
            let path = { (name: String) in folder + "/spool/entries/\(name).entry" }
            try change(path("a")) { $0[$0.count - 1] ^= 1 }
            try change(path("b")) { $0 = $0.prefix(40) }
            try change(path("c")) { $0 = Data() }
            try change(path("d")) { text in
                guard let range = text.range(of: Data("\"conn_d\"".utf8)) else { return }
                text.replaceSubrange(range, with: Data("\"conn_x\"".utf8))
            }
            try Data(contentsOf: URL(fileURLWithPath: path("e"))).write(to: URL(fileURLWithPath: path("f")))
            let again = try SpoolFolder.entriesAgain(folder)
            let items = again.items(with: sealer)
            #expect(items.map { $0.entry?.attempt.description ?? "-" } == ["-", "-", "-", "-", "e", "-"])
            #expect(items.compactMap(\.unreadable?.file) == ["a.entry", "b.entry", "c.entry", "d.entry", "f.entry"])
            #expect(items.first?.unreadable?.attempt == AttemptID("a"))
            #expect(items.compactMap(\.unreadable?.isSetAside) == [true, true, true, true, true])
            #expect(again.count == 1)
            #expect(!again.hasEntry(for: SpoolEntry.example("a").line), "what is lost holds no line back")
            #expect(again.hasEntry(for: SpoolEntry.example("e").line))
            let aside = try FileManager.default.contentsOfDirectory(atPath: folder + "/spool/damaged")
            #expect(aside.sorted() == ["a.entry", "b.entry", "c.entry", "d.entry", "f.entry"], "nothing is deleted")
            #expect(again.items(with: sealer).map(\.entry?.attempt) == [AttemptID("e")])
        }
    }

    @Test func `An entry whose key is missing stays where it is, and holds its line`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            try entries.write(.example("a"), with: sealer)
            let other = folder + "/other"
            try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
            let stranger = try await makeSealer(in: other)
            #expect(entries.items(with: stranger).compactMap(\.unreadable?.isSetAside) == [false])
            #expect(entries.hasEntry(for: SpoolEntry.example("a").line))
            #expect(entries.items(with: sealer).map(\.entry) == [.example("a")])
        }
    }

    @Test func `row 25: an answer that is kept holds no line, survives a restart, and is read again`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            var entry = SpoolEntry.example("a")
            entry.captured = ["realm": "9130"]
            try entries.write(entry, with: sealer)
            try entries.keep(entry.attempt)
            #expect(entries.count == 0)
            #expect(!entries.hasEntry(for: entry.line))
            let again = try SpoolFolder.entriesAgain(folder)
            #expect(again.kept.organizations == [entry.organization])
            #expect(again.kept.items(with: sealer) == [entry])
            #expect(again.kept.hasAnswer(for: entry.line))
            #expect(!again.kept.hasAnswer(for: LineID(connection: entry.line.connection, name: "bot")))
            again.kept.delete(entry.attempt)
            #expect(!again.kept.hasAnswer(for: entry.line))
            #expect(try SpoolFolder.entriesAgain(folder).kept.count == 0)
        }
    }

    @Test func `Kept answers are bounded: eight of one line, the newest, and none for longer than 30 days`()
        async throws
    {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            let line = SpoolEntry.example("a").line
            for number in 0..<10 {
                var entry = SpoolEntry.example("a\(number)")
                entry.line = line
                try entries.write(entry, with: sealer)
                // The order of writing, which the file system's clock may be too coarse to show.
                let written = Date(timeIntervalSinceNow: Double(number) - 100)
                try FileManager.default.setAttributes(
                    [.modificationDate: written], ofItemAtPath: folder + "/spool/entries/a\(number).entry")
                try entries.keep(entry.attempt)
            }
            #expect(entries.kept.items(with: sealer).map(\.attempt.description) == (2..<10).map { "a\($0)" })
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -31 * 86_400)],
                ofItemAtPath: folder + "/spool/kept/a5.entry")
            entries.kept.prune()
            #expect(entries.kept.count == 7)
            #expect(!entries.kept.items(with: sealer).contains { $0.attempt == AttemptID("a5") })
        }
    }

    @Test func `A line's name changed in the header is found out`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let bytes = try EntryFile.write(.example(), with: sealer)
            let range = try #require(bytes.range(of: Data("\"user\"".utf8)))
            var changed = bytes
            changed.replaceSubrange(range, with: Data("\"bots\"".utf8))
            #expect(try EntryFile.read(bytes, with: sealer) == .example())
            #expect(throws: SpoolError.self) { try EntryFile.read(changed, with: sealer) }
        }
    }

    @Test(arguments: ["write", "sync", "rename", "folder"], [ENOSPC, EIO])
    func `F14: a disk that refuses throws, harms no entry, and the answer goes in when it is well again`(
        step: String, code: Int32
    ) async throws {
        try await withTestFolder { folder in
            let isBad = Mutex(false)
            let fail: @Sendable (String) -> Int32 = { name in isBad.withLock { $0 && name == step ? code : 0 } }
            var disk = Disk.system
            disk.write = { descriptor, bytes in
                if fail("write") == 0 { return Disk.system.write(descriptor, bytes) }
                _ = Disk.system.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(10)))
                return fail("write")
            }
            disk.sync = { fail("sync") == 0 ? Disk.system.sync($0) : fail("sync") }
            disk.rename = { fail("rename") == 0 ? Disk.system.rename($0, $1) : fail("rename") }
            disk.syncFolder = { fail("folder") == 0 ? Disk.system.syncFolder($0) : fail("folder") }
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder, disk: disk).entries
            try entries.write(.example("old"), with: sealer)
            isBad.withLock { $0 = true }
            for _ in 0..<3 {
                let error = #expect(throws: SpoolError.self) { try entries.write(.example("new"), with: sealer) }
                #expect(error?.code == .disk)
                #expect(error?.systemError == code)
            }
            #expect(entries.items(with: sealer).map(\.entry) == [.example("old")])
            isBad.withLock { $0 = false }
            try entries.write(.example("new"), with: sealer)
            #expect(entries.items(with: sealer).map(\.entry) == [.example("new"), .example("old")])
            let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/spool/entries")
            #expect(names.sorted() == ["new.entry", "old.entry"], "no draft is left")
        }
    }

    @Test func `F13: a draft that was complete when the process died counts, a torn one is reported`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            _ = try SpoolFolder.open(in: folder)
            let whole = try EntryFile.write(.example("whole"), with: sealer)
            let torn = try EntryFile.write(.example("torn"), with: sealer)
            let drafts = URL(fileURLWithPath: folder + "/spool/entries")
            try whole.write(to: drafts.appending(path: "whole.draft"))
            try torn.dropLast(20).write(to: drafts.appending(path: "torn.draft"))
            let items = try SpoolFolder.entriesAgain(folder).items(with: sealer)
            #expect(items.compactMap(\.entry) == [.example("whole")])
            #expect(items.compactMap(\.unreadable).map(\.isDraft) == [true])
            #expect(items.compactMap(\.unreadable).map(\.isSetAside) == [true], "it was never acknowledged")
            #expect(FileManager.default.fileExists(atPath: drafts.path + "/whole.entry"))
            #expect(!FileManager.default.fileExists(atPath: drafts.path + "/whole.draft"))
        }
    }

    @Test
    func `F13: a prepared draft takes one answer, under either name after a power cut, and empty ones are no entries`()
        async throws
    {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            for _ in 0..<2 { try entries.prepareDraft() }
            #expect(entries.count == 0 && entries.items(with: sealer).isEmpty)
            try entries.write(.example("a"), with: sealer)
            #expect(entries.items(with: sealer).map(\.entry) == [.example("a")])
            let place = URL(fileURLWithPath: folder + "/spool/entries")
            let names = { try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() }
            #expect(try names().count == 2, "one entry, one draft")
            // The new name was not on disk yet.
            try FileManager.default.moveItem(
                at: place.appending(path: "a.entry"), to: place.appending(path: "0123.draft"))
            let again = try SpoolFolder.entriesAgain(folder)
            #expect(again.items(with: sealer).map(\.entry) == [.example("a")])
            #expect(try names() == ["a.entry"], "promoted, and the blank one is gone")
        }
    }

    @Test(arguments: [0, 2000, 20_000])
    func `F13: an answer of any length fits into a prepared draft, and a torn one is reported`(length: Int) async throws
    {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            for _ in 0..<2 { try entries.prepareDraft() }
            var long = SpoolEntry.example("long")
            long.body = Data(repeating: UInt8(ascii: "x"), count: length)
            try entries.write(long, with: sealer)
            try entries.write(.example("torn"), with: sealer)
            // The end of the seal never came to the disk: the draft's zeros are there.
            let path = folder + "/spool/entries/torn.entry"
            try change(path) { bytes in
                guard let end = bytes.lastIndex(where: { $0 != 0 }) else { return }
                bytes.replaceSubrange((end - 9)...end, with: Data(count: 10))
            }
            let items = try SpoolFolder.entriesAgain(folder).items(with: sealer)
            #expect(items.compactMap(\.entry) == [long])
            #expect(items.compactMap(\.unreadable?.file) == ["torn.entry"])
        }
    }

    @Test func `row 13: a deleted entry's file is the next answer's draft, with nothing of it left`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            let place = URL(fileURLWithPath: folder + "/spool/entries")
            let names = { try FileManager.default.contentsOfDirectory(atPath: place.path) }
            try entries.prepareDraft()
            try entries.write(.example("a"), with: sealer)
            #expect(!entries.hasDraft)
            try entries.delete(.init("a"))
            #expect(entries.hasDraft && entries.count == 0)
            let draft = try #require(try names().first)
            #expect(try names().count == 1 && draft.hasSuffix(".draft"))
            #expect(try Data(contentsOf: place.appending(path: draft)).allSatisfy { $0 == 0 })
            try entries.write(.example("b"), with: sealer)
            #expect(try names() == ["b.entry"], "the same file")
            #expect(try SpoolFolder.entriesAgain(folder).items(with: sealer).map(\.entry) == [.example("b")])
        }
    }

    @Test func `row 13: the file of an answer that outgrew its draft goes`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            var long = SpoolEntry.example("long")
            long.body = Data(repeating: UInt8(ascii: "x"), count: 20_000)
            try entries.write(long, with: sealer)
            try entries.delete(.init("long"))
            #expect(!entries.hasDraft)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/spool/entries").isEmpty)
        }
    }

    @Test func `row 14: an entry that was about to become a draft when the power went is an entry again`() async throws
    {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            try entries.write(.example("a"), with: sealer)
            let place = URL(fileURLWithPath: folder + "/spool/entries")
            try FileManager.default.moveItem(
                at: place.appending(path: "a.entry"), to: place.appending(path: "0123.draft"))
            #expect(try SpoolFolder.entriesAgain(folder).items(with: sealer).map(\.entry) == [.example("a")])
        }
    }

    @Test func `An attempt id that would leave the folder is refused`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let entries = try SpoolFolder.open(in: folder).entries
            for name in ["../x", "a/b", "", ".", "a b", String(repeating: "a", count: 129)] {
                #expect(throws: SpoolError.self) { try entries.write(.example(name), with: sealer) }
                #expect(throws: SpoolError.self) { try entries.delete(AttemptID(name)) }
            }
        }
    }

    @Test func `A really full device gives ENOSPC to an append`() throws {
        let descriptor = open("/dev/full", O_RDWR | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var file = tm_append_file(fd: descriptor, length: 0, dirty: 0, reserves: 0, room: 0)
        let result = [UInt8](repeating: 1, count: 10).withUnsafeBytes { tm_append(&file, $0.baseAddress, $0.count) }
        #expect(result == ENOSPC)
        #expect(file.length == 0)
        #expect(file.dirty != 0)
    }

    private func change(_ path: String, _ change: (inout Data) -> Void) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let before = bytes
        change(&bytes)
        #expect(bytes != before)
        try bytes.write(to: URL(fileURLWithPath: path))
    }
}

extension SpoolFolder {
    /// The entries as a restarted process finds them, without the lock.
    static func entriesAgain(_ folder: String) throws -> EntryStore {
        try EntryStore(
            folder: folder + "/spool/entries", kept: folder + "/spool/kept", damaged: folder + "/spool/damaged",
            disk: .system)
    }
}

@Suite struct StepEntryTests {
    @Test func `a step's answer is read back as one, and holds its line back from no presentation`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            var step = SpoolEntry.example()
            step.kind = .step
            step.operation = "after_connect/0"
            try SpoolFolder.open(in: folder).entries.write(step, with: sealer)
            let entries = try SpoolFolder.open(in: folder).entries
            #expect(!entries.hasEntry(for: step.line))
            #expect(entries.items(with: sealer).map(\.entry) == [step])
            var exchange = SpoolEntry.example("att_2")
            exchange.line = step.line
            try entries.write(exchange, with: sealer)
            #expect(entries.hasEntry(for: step.line))
        }
    }
}
