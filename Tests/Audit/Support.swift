import Foundation
import Model

@testable import Audit

/// A folder of its own for a test. Kept when `TEST_FOLDER` names where, for the scan of planted canaries.
func withTestFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let kept = ProcessInfo.processInfo.environment["TEST_FOLDER"]
    let base = kept ?? FileManager.default.temporaryDirectory.path
    let folder = base + "/audit-" + UUID().uuidString
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

extension HostID {
    static let test = HostID("host_1")
}

extension AuditRecord {
    static func example(_ number: Int) -> AuditRecord {
        AuditRecord(
            time: Timestamp(milliseconds: 1_700_000_000_000 + Int64(number)), organization: OrganizationID("acme"),
            caller: "service:mailer", action: "token.read", connector: "google-workspace",
            connection: ConnectionID("conn_1"), generation: Int64(number), token: String(repeating: "ab", count: 32),
            request: "req_\(number)", outcome: "served")
    }
}

extension AuditChain {
    static func open(
        in folder: String, limits: AuditChain.Limits = AuditChain.Limits(), disk: AuditDisk = .system
    ) throws -> AuditChain {
        try open(
            folder: folder + "/audit", host: .test, now: Timestamp(milliseconds: 1_700_000_000_000), limits: limits,
            disk: disk)
    }

    /// Appends examples one after another.
    func append(_ numbers: ClosedRange<Int>) async throws {
        for number in numbers { try await append(.example(number)) }
    }
}

/// A chain's files, for a test that damages them.
struct ChainFiles {
    let folder: String

    /// The name of the only file, or the first one.
    let first = "host_1.000000000001.log"

    func lines(_ name: String? = nil) throws -> [String] {
        let text = try String(contentsOfFile: path(name ?? first), encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }

    func write(_ lines: [String], _ name: String? = nil) throws {
        let text = lines.map { $0 + "\n" }.joined()
        try text.write(toFile: path(name ?? first), atomically: false, encoding: .utf8)
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder + "/audit").sorted() }
    }

    func path(_ name: String) -> String { folder + "/audit/" + name }

    func verify(_ checkpoints: [ChainHead] = []) throws -> AuditVerifier.Report {
        try AuditVerifier.verify(folder: folder + "/audit", host: .test, checkpoints: checkpoints)
    }
}
