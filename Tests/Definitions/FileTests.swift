import Definitions
import Foundation
import Glibc
import Testing

/// What a stranger may put into the folder: nothing makes a load wait, take long, or miss the good ones.
@Suite struct FileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(["good.yaml": minimal("good")]) }

    /// What is said about `odd.yaml`, beside which the good definition loads.
    private func finding() throws -> Diagnostic {
        let result = loader.load(folder: folder.path)
        #expect(result.definitions.keys.sorted() == ["good"] && result.isComplete)
        #expect(result.diagnostics.count == 1)
        let finding = try #require(result.diagnostics.first)
        #expect(finding.file == "\(folder.path)/odd.yaml")
        #expect((finding.line, finding.column) == (1, 1) && finding.severity == .error && finding.hint != nil)
        #expect(result.fileIDs == ["good", "odd"], "it is there, and its last good version stays in force")
        return finding
    }

    private var odd: String { "\(folder.path)/odd.yaml" }

    private func link(to target: String) { #expect(symlink(target, odd) == 0) }

    @Test("a pipe without a writer is not waited for")
    func pipe() throws {
        #expect(mkfifo(odd, 0o600) == 0)
        let found = try finding()
        #expect(found.rule == "unreadable" && found.message.contains("a pipe"))
    }

    @Test("endless devices and terminals are not read", arguments: ["/dev/zero", "/dev/full", "/dev/tty"])
    func device(path: String) throws {
        link(to: path)
        let found = try finding()
        #expect(found.rule == "unreadable" && found.message.contains("device"))
    }

    @Test("a folder named like a definition")
    func nestedFolder() throws {
        #expect(mkdir(odd, 0o700) == 0)
        let found = try finding()
        #expect(found.rule == "unreadable" && found.message.contains("a folder"))
    }

    @Test("a link to nothing")
    func danglingLink() throws {
        link(to: "/nowhere/at/all")
        let found = try finding()
        #expect(found.rule == "unreadable" && found.message.contains("a link to none"))
    }

    @Test("links in a circle")
    func circle() throws {
        link(to: "odd.yaml")
        let found = try finding()
        #expect(found.rule == "unreadable" && found.message.contains("back to itself"))
    }

    @Test("a file that may not be read: this one not even by root")
    func forbidden() throws {
        link(to: "/proc/sys/vm/drop_caches")
        let found = try finding()
        #expect(found.rule == "unreadable" && found.message.contains("may not read"))
    }

    @Test("10 MiB, said with their number and not read")
    func large() throws {
        let file = open(odd, O_CREAT | O_WRONLY, 0o600)
        #expect(ftruncate(file, 10 << 20) == 0)
        close(file)
        let found = try finding()
        #expect(found.rule == "yaml-size" && found.message.contains("10485760 bytes; at most 262144"))
        let error = #expect(throws: FileProblem.self) { try DiskFiles().read(odd, most: 262_144) }
        #expect(error == .tooLarge(10 << 20))
    }

    @Test("a link to a regular file is followed: containers mount configuration so")
    func goodLink() throws {
        let other = try TemporaryFolder(["real": minimal("odd")])
        link(to: "\(other.path)/real")
        #expect(loader.load(folder: folder.path).definitions.keys.sorted() == ["good", "odd"])
    }

    @Test("extending what cannot be read breaks the child only")
    func oddParent() throws {
        #expect(mkfifo(odd, 0o600) == 0)
        try folder.write("format: 1\nid: child\ntitle: C\nextends: odd\n", to: "child.yaml")
        let result = loader.load(folder: folder.path)
        #expect(result.definitions.keys.sorted() == ["good"])
        #expect(result.diagnostics.map(\.rule) == ["extends-broken", "unreadable"])
    }

    @Test("of a folder with very many names no more than needed are looked at, and no file is opened")
    func crowded() {
        for name in ["x%d.yaml", "notes-%d.txt"] {
            let files = CountingFiles { 100_000 > $0 ? String(format: name, $0) : nil }
            let result = DefinitionLoader(connectors: ["oauth2"], files: files).load(folder: "crowd")
            #expect(result.diagnostics.map(\.rule) == ["too-many-files"] && !result.isComplete)
            #expect(result.diagnostics.allSatisfy { $0.file == "crowd" && $0.hint != nil })
            #expect(files.counts == CountingFiles.Counts(names: DefinitionLoader.maximumNames + 1))
            #expect(FolderWatch(folder: "crowd", files: files).state().isEmpty)
        }
    }

    @Test("2,000 definitions load, 2,001 do not")
    func limit() {
        for (count, isComplete) in [(2000, true), (2001, false)] {
            let files = CountingFiles { $0 < count ? "x\($0).yaml" : nil }
            let result = DefinitionLoader(connectors: ["oauth2"], files: files).load(folder: "folder")
            #expect(result.isComplete == isComplete && result.fileIDs.count == (isComplete ? count : 0))
            #expect(files.counts.read == (isComplete ? count : 0))
        }
    }
}
