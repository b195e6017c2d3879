package import Foundation

/// Folders of tests are kept under one root, so that the canary scan can look at every byte that was written
/// (SECURITY.md line 18). `TEST_FOLDERS` names the root.
package enum TestFolders {
    /// The root of this run.
    package static let root: URL = {
        let path = ProcessInfo.processInfo.environment["TEST_FOLDERS"] ?? NSTemporaryDirectory() + "token-manager-tests"
        return URL(fileURLWithPath: path, isDirectory: true)
    }()

    /// A new folder, mode 0700.
    package static func make(_ name: String) throws -> URL {
        let folder = root.appendingPathComponent("\(name)-\(UUID().uuidString.prefix(8))", isDirectory: true)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return folder
    }

    /// A new folder of definitions that holds the sandbox's alone: a host that is started hundreds of times need not read all.
    package static func sandboxDefinitions(_ change: (String) -> String = { $0 }) throws -> URL {
        let folder = try make("sandbox-definitions")
        let name = "sandbox.yaml"
        let text = try String(
            contentsOf: repository.appendingPathComponent("connectors.d/\(name)"), encoding: .utf8)
        try Data(change(text).utf8).write(to: folder.appendingPathComponent(name))
        return folder
    }

    /// Notes secrets that must not be found in any file afterwards.
    package static func noteCanaries(_ secrets: [String]) throws {
        let list = root.appendingPathComponent("canaries.list")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        let descriptor = open(list.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw Failure("\(list.path) cannot be written") }
        defer { close(descriptor) }
        let bytes = Array((secrets.joined(separator: "\n") + "\n").utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Failure("\(list.path) cannot be written")
        }
    }

    /// The repository, from this file's place.
    package static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
