import Foundation
import Testing

@testable import TokenManager

@Suite struct SpoolOwnerTests {
    @Test func `A database has one name through links, another beside it has another, and both may be moved together`()
        throws
    {
        let folder = FileManager.default.temporaryDirectory.path + "/spool-owner-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (here, there) = (folder + "/here", folder + "/there")
        try FileManager.default.createDirectory(atPath: here + "/spool", withIntermediateDirectories: true)
        for path in [here + "/a.db", here + "/a.db.replaced-1", folder + "/far.db"] {
            try Data().write(to: URL(filePath: path))
        }
        try FileManager.default.createSymbolicLink(atPath: here + "/link.db", withDestinationPath: here + "/a.db")
        let name = self.name(here + "/a.db", in: here)
        #expect(name == "sqlite:a.db")
        #expect(self.name(here + "/../here/link.db", in: here) == name)
        #expect(self.name(here + "/a.db.replaced-1", in: here) != name)
        #expect(self.name(folder + "/far.db", in: here).hasSuffix("/far.db"))
        try FileManager.default.moveItem(atPath: here, toPath: there)
        #expect(self.name(there + "/a.db", in: there) == name)
        try FileManager.default.createDirectory(atPath: here + "/spool", withIntermediateDirectories: true)
        #expect(self.name(there + "/a.db", in: here) != name, "the same name in another folder")
    }

    private func name(_ database: String, in place: String) -> String {
        SpoolOwner.name(ofFile: database, from: place + "/spool")
    }
}
