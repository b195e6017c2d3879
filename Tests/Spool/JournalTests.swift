import CLinux
import Foundation
import Glibc
import Model
import Synchronization
import Testing

@testable import Spool

@Suite struct JournalTests {
    private let late = Timestamp.start + .seconds(100_000)

    private func open(
        _ folder: String, lines: Int = 10_000, disk: Disk = .system, now: Timestamp = .start, isLost: Bool = false
    ) throws -> Journal {
        var limits = Journal.Limits()
        limits.lines = lines
        return try Journal(folder: folder + "/journal", limits: limits, disk: disk, now: now, isLost: isLost)
    }

    @Test func `row 26: after a restart the journal tells which attempts may have left`() async throws {
        try await withTestFolder { folder in
            let journal = try open(folder)
            for number in 1...20 { try await journal.append(.example(number, line: "conn_\(number % 3)")) }
            let again = try open(folder, now: late)
            #expect(again.isComplete)
            #expect(again.damage == [])
            #expect(again.contains(AttemptID("att_7")))
            #expect(!again.contains(AttemptID("att_21")))
            #expect(again.verdict(on: AttemptID("att_7"), sentAt: .start + .seconds(7)) == .mayHaveLeft)
            #expect(again.verdict(on: AttemptID("att_21"), sentAt: .start + .seconds(7)) == .neverLeft)
            #expect(again.highestMark == 120)
            #expect(again.lastFence(of: LineID(connection: ConnectionID("conn_1"))) == 19)
            #expect(again.lastFence(of: LineID(connection: ConnectionID("conn_9"))) == nil)
            #expect(again.recent() == (1...20).map { .example($0, line: "conn_\($0 % 3)") })
            #expect(again.recent(2).map(\.fence) == [19, 20])
        }
    }

    @Test(arguments: [0, 1, 4096])
    func `A last line torn at any byte is no line, and the journal goes on behind it`(room: Int) async throws {
        try await withTestFolder { folder in
            let journal = try open(folder)
            for number in 1...2 { try await journal.append(.example(number)) }
            let path = folder + "/journal/segment-1"
            let two = try lines(of: path)
            try await journal.append(.example(3))
            let three = try lines(of: path)
            #expect(three.count > two.count + 20)
            for length in two.count..<three.count {
                try (three.prefix(length) + Data(count: room)).write(to: URL(fileURLWithPath: path))
                let again = try open(folder, now: late)
                #expect(again.isComplete && again.damage.isEmpty, "cut at \(length)")
                #expect(again.recent().map(\.fence) == [1, 2])
                try await again.append(.example(4))
                #expect(try open(folder).recent().map(\.fence) == [1, 2, 4])
                #expect(try open(folder).damage == [])
            }
        }
    }

    @Test func `Room is kept behind the last line, and a segment that is full keeps its own without damage`()
        async throws
    {
        try await withTestFolder { folder in
            let journal = try open(folder, lines: 10)
            for number in 1...15 { try await journal.append(.example(number)) }
            for segment in 1...2 {
                let path = folder + "/journal/segment-\(segment)"
                let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
                #expect(try size - lines(of: path).count > 60_000)
            }
            let again = try open(folder, lines: 10, now: late)
            #expect(again.isComplete && again.damage.isEmpty)
            #expect(again.recent().map(\.fence) == Array(1...15))
        }
    }

    /// A segment without the room behind its lines.
    private func lines(of path: String) throws -> Data {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        return bytes.prefix((bytes.lastIndex { $0 != 0 } ?? -1) + 1)
    }

    @Test func `row 26: a damaged line makes everything sent until its discovery unknown, later attempts are judged`()
        async throws
    {
        try await withTestFolder { folder in
            let journal = try open(folder)
            for number in 1...5 { try await journal.append(.example(number)) }
            let path = folder + "/journal/segment-1"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let range = try #require(bytes.range(of: Data("att_3".utf8)))
            bytes[range.upperBound - 1] = UInt8(ascii: "8")
            try bytes.write(to: URL(fileURLWithPath: path))
            for found in [late, late + .seconds(1000)] {
                let again = try open(folder, now: found)
                #expect(!again.isComplete)
                #expect(again.damage.count == 1)
                #expect(again.damage.first?.hasSuffix("segment-1:4") == true)
                #expect(again.verdict(on: AttemptID("att_3"), sentAt: .start + .seconds(3)) == .unknown)
                #expect(again.verdict(on: AttemptID("att_5"), sentAt: .start + .seconds(5)) == .mayHaveLeft)
                #expect(again.verdict(on: AttemptID("x"), sentAt: late) == .unknown)
                #expect(again.verdict(on: AttemptID("x"), sentAt: late + .seconds(1)) == .neverLeft)
            }
        }
    }

    @Test func `row 26: a journal that is gone makes no statement about what was sent before`() async throws {
        try await withTestFolder { folder in
            try await SpoolFolder.open(in: folder).journal.append(.example(1))
            try FileManager.default.removeItem(atPath: folder + "/spool/journal")
            for found in [late, late + .seconds(1000)] {
                let journal = try SpoolFolder.open(in: folder, now: found).journal
                #expect(!journal.isComplete)
                #expect(journal.verdict(on: AttemptID("att_1"), sentAt: .start + .seconds(1)) == .unknown)
                #expect(journal.verdict(on: AttemptID("x"), sentAt: late + .seconds(1)) == .neverLeft)
            }
        }
        try await withTestFolder { folder in
            try await SpoolFolder.open(in: folder).journal.append(.example(1))
            try FileManager.default.removeItem(atPath: folder + "/spool/entries")
            #expect(try !SpoolFolder.open(in: folder, now: late).journal.isComplete)
        }
    }

    @Test func `Segments turn and the last three stay; what is older is unknown, marks are kept`() async throws {
        try await withTestFolder { folder in
            var journal = try open(folder, lines: 10)
            for number in 1...95 {
                try await journal.append(.example(number))
                if number == 47 { journal = try open(folder, lines: 10) }
            }
            for journal in [journal, try open(folder, lines: 10, now: late)] {
                let kept = try FileManager.default.contentsOfDirectory(atPath: folder + "/journal").sorted()
                #expect(kept == ["segment-10", "segment-8", "segment-9"])
                #expect(journal.isComplete)
                #expect(journal.highestMark == 195)
                #expect(!journal.contains(AttemptID("att_70")))
                #expect(journal.contains(AttemptID("att_71")))
                #expect(journal.verdict(on: AttemptID("att_70"), sentAt: .start + .seconds(70)) == .unknown)
                #expect(journal.verdict(on: AttemptID("x"), sentAt: .start + .seconds(71)) == .neverLeft)
            }
        }
    }

    @Test func `section 9: a mark is noted without a presentation, also where nothing was ever presented`() async throws
    {
        try await withTestFolder { folder in
            let journal = try open(folder, lines: 10)
            try await journal.note(mark: 2 << 32)
            #expect(journal.highestMark == 2 << 32)
            #expect(try open(folder).highestMark == 2 << 32)
            let path = folder + "/journal/segment-1"
            let before = try lines(of: path)
            try await journal.note(mark: 7)
            #expect(try lines(of: path) == before, "a lower one says nothing new")
            for number in 1...35 { try await journal.append(.example(number)) }
            let again = try open(folder, lines: 10, now: late)
            #expect(again.highestMark == 2 << 32, "its segment is gone")
            #expect(again.isComplete && again.damage.isEmpty)
            #expect(again.recent().map(\.fence) == Array(10...35), "the mark is a line of its segment")
        }
    }

    @Test(arguments: ["segment-8", "segment-9"]) func `A segment that somebody removed is missed`(name: String)
        async throws
    {
        try await withTestFolder { folder in
            let journal = try open(folder, lines: 10)
            for number in 1...95 { try await journal.append(.example(number)) }
            try FileManager.default.removeItem(atPath: folder + "/journal/" + name)
            let again = try open(folder, lines: 10, now: late)
            #expect(!again.isComplete)
            #expect(again.verdict(on: AttemptID("x"), sentAt: .start + .seconds(90)) == .unknown)
        }
    }

    @Test func `Lines that come while one is written share the next sync`() async throws {
        try await withTestFolder { folder in
            let gate = DispatchSemaphore(value: 0)
            let syncs = Mutex(0)
            var disk = Disk.system
            disk.append = { file, bytes in
                if syncs.withLock({
                    $0 += 1; return $0
                }) == 1 {
                    gate.wait()
                }
                return Disk.system.append(&file, bytes)
            }
            let journal = try open(folder, disk: disk)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await journal.append(.example(1)) }
                #expect(try await eventually { syncs.withLock { $0 } == 1 })
                for number in 2...200 { group.addTask { try await journal.append(.example(number)) } }
                #expect(try await eventually { journal.waitingCount == 199 })
                gate.signal()
                try await group.waitForAll()
            }
            #expect(syncs.withLock { $0 } == 2)
            #expect(Set(try open(folder).recent().map(\.fence)) == Set(1...200))
        }
    }

    @Test func `row 8: a line that cannot be written throws, and leaves nothing behind`() async throws {
        try await withTestFolder { folder in
            let isFull = Mutex(false)
            var disk = Disk.system
            disk.append = { file, bytes in
                if isFull.withLock({ !$0 }) { return Disk.system.append(&file, bytes) }
                // Half of it reaches the file, as on a full disk.
                _ = pwrite(file.fd, bytes.baseAddress, bytes.count / 2, off_t(file.length))
                file.dirty = 1
                return ENOSPC
            }
            let journal = try open(folder, disk: disk)
            try await journal.append(.example(1))
            isFull.withLock { $0 = true }
            let error = await #expect(throws: SpoolError.self) { try await journal.append(.example(2)) }
            #expect(error?.systemError == ENOSPC)
            #expect(!journal.contains(AttemptID("att_2")))
            isFull.withLock { $0 = false }
            try await journal.append(.example(3))
            let again = try open(folder)
            #expect(again.recent().map(\.fence) == [1, 3])
            #expect(again.damage == [])
        }
    }

    @Test func `A name that would break a line is refused`() async throws {
        try await withTestFolder { folder in
            let journal = try open(folder)
            for name in ["a\tb", "a\nb", "a\0b"] {
                await #expect(throws: SpoolError.self) { try await journal.append(.example(1, line: name)) }
            }
            #expect(journal.recent().isEmpty)
        }
    }
}
