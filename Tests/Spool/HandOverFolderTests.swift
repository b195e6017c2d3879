import Foundation
import Glibc
import Model
import Testing

@testable import Spool

@Suite struct HandOverFolderTests {
    @Test func `what was handed over is known after a restart, until it is taken back`() async throws {
        try await withTestFolder { folder in
            let kept = try SpoolFolder.open(in: folder).handOvers
            for number in 1...3 { try await kept.add(.example(number)) }
            kept.remove(HandOver.example(2).attempt)
            kept.remove(HandOver.example(9).attempt)
            let again = try HandOverFolder(folder + "/spool/handed-over", disk: .system).read()
            #expect(Set(again.handOvers) == [.example(1), .example(3)])
            #expect(again.damaged.isEmpty)
        }
    }

    @Test func `a file that was changed or cut is named, and the others are read`() async throws {
        try await withTestFolder { folder in
            let path = folder + "/notes"
            let kept = try HandOverFolder(path, disk: .system)
            for number in 1...3 { try await kept.add(.example(number)) }
            let file = path + "/att_1"
            let bytes = try #require(FileManager.default.contents(atPath: file))
            for length in 0..<bytes.count {
                try bytes.prefix(length).write(to: URL(fileURLWithPath: file))
                let read = try kept.read()
                #expect(read.damaged == [file] && read.handOvers.count == 2, "cut at \(length)")
            }
            var changed = bytes
            changed[changed.startIndex] ^= 1
            try changed.write(to: URL(fileURLWithPath: file))
            #expect(try kept.read().damaged == [file])
        }
    }

    @Test func `a disk that refuses is no hand-over, and leaves nothing that counts as one`() async throws {
        try await withTestFolder { folder in
            var disk = Disk.system
            disk.sync = { _ in ENOSPC }
            let kept = try HandOverFolder(folder, disk: disk)
            await #expect(throws: SpoolError.self) { try await kept.add(.example(1)) }
            let read = try kept.read()
            #expect(read.handOvers.isEmpty && read.damaged.isEmpty)
        }
    }
}

extension HandOver {
    fileprivate static func example(_ number: Int) -> HandOver {
        HandOver(
            attempt: AttemptID("att_\(number)"), line: LineID(connection: ConnectionID("conn_\(number)")),
            grant: GrantID("grant_\(number)"), generation: 7, fence: Int64(number), host: HostID("host_1"),
            boot: BootID("boot_1"), caller: "operator:eve", at: .start)
    }
}
