import ConnectorSDK
import Crypto
import Foundation
import Model
import Secrets
import Synchronization

@testable import Spool

/// A folder of its own for a test. Kept when `TEST_FOLDER` names where, for the scan of planted canaries.
func withTestFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let kept = ProcessInfo.processInfo.environment["TEST_FOLDER"]
    let base = kept ?? FileManager.default.temporaryDirectory.path
    let folder = base + "/spool-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { if kept == nil { try? FileManager.default.removeItem(atPath: folder) } }
    return try await body(folder)
}

/// Waits until a condition holds. Gives its last value.
func eventually(within limit: Duration = .seconds(10), _ condition: () -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while !condition() {
        if ContinuousClock.now > deadline { return false }
        try await Task.sleep(for: .milliseconds(1))
    }
    return true
}

/// Wrapped keys in memory.
final class MemoryKeys: DataKeyStorage {
    private let keys = Mutex<[WrappedDataKey]>([])

    func dataKeys(of organization: OrganizationID) -> [WrappedDataKey] {
        keys.withLock { $0.filter { $0.organization == organization } }
    }

    func add(_ key: WrappedDataKey, unlessBeside known: Set<DataKeyID>) -> [WrappedDataKey] {
        keys.withLock { $0.append(key) }
        return dataKeys(of: key.organization)
    }

    func reserve(_ count: Int, of key: DataKeyID, organization: OrganizationID) -> Int { count }

    func retire(_ key: DataKeyID, organization: OrganizationID) {}
}

/// A sealer that knows the organizations of the tests.
func makeSealer(in folder: String) async throws -> Sealer {
    let provider = try FileKeyProvider(path: folder + "/test.key", createIfMissing: true)
    let ring = KeyRing(provider: provider, storage: MemoryKeys(), now: { .start })
    for organization in ["acme", "other"] { try await ring.prepare(OrganizationID(organization)) }
    return Sealer(ring)
}

extension Timestamp {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
}

extension SpoolFolder {
    static func open(in folder: String, now: Timestamp = .start, disk: Disk = .system) throws -> SpoolFolder {
        try open(folder + "/spool", now: now, journalLimits: Journal.Limits(), disk: disk)
    }
}

extension SpoolEntry {
    static func example(_ attempt: String = "att_1", organization: String = "acme") -> SpoolEntry {
        SpoolEntry(
            attempt: AttemptID(attempt), line: LineID(connection: ConnectionID("conn_" + attempt), name: "user"),
            organization: OrganizationID(organization), grant: GrantID("grant_1"), generationIn: 7, fence: 12,
            kind: .exchange(flow: FlowID("flow_1")), operation: "exchange", status: 200,
            headers: [
                .init(name: "content-type", value: "application/json"), .init(name: "set-cookie", value: "canary-a"),
            ],
            body: Data(#"{"access_token":"canary-access","refresh_token":"canary-refresh"}"#.utf8) + [0, 255, 10],
            receivedAt: Timestamp(milliseconds: 1_700_000_000_123), presented: Secret("canary-presented"))
    }
}

extension JournalLine {
    static func example(_ number: Int, line: String = "conn_1") -> JournalLine {
        JournalLine(
            attempt: AttemptID("att_\(number)"), line: LineID(connection: ConnectionID(line)), fence: Int64(number),
            mark: Int64(100 + number), sentAt: .start + .seconds(number))
    }
}

extension SpoolItem {
    var entry: SpoolEntry? { if case .entry(let entry) = self { entry } else { nil } }
    var unreadable: UnreadableEntry? { if case .unreadable(let entry) = self { entry } else { nil } }
}

/// All bytes of all files below a folder.
func allBytes(below folder: String) throws -> Data {
    var bytes = Data()
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
        if !isFolder.boolValue { bytes += try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)) }
    }
    return bytes
}
