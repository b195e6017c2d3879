import CLinux
import Crypto
import Foundation
import Glibc
import Model
import Synchronization
import Testing

@testable import Audit

@Suite struct AuditChainTests {
    @Test func `Concurrent appends make one sound chain that goes on after a restart`() async throws {
        try await withTestFolder { folder in
            for start in 0..<3 {
                let chain = try AuditChain.open(in: folder)
                #expect(chain.head.sequence == Int64(start * 500))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 1...500 { group.addTask { try await chain.append(.example(number)) } }
                    try await group.waitForAll()
                }
                let report = try ChainFiles(folder: folder).verify([chain.head])
                #expect(report.findings.isEmpty)
                #expect(report.links == (start + 1) * 500)
                #expect(report.head == chain.head)
                #expect(chain.health.isHealthy)
            }
            #expect(try ChainFiles(folder: folder).names.count == 1)
        }
    }

    @Test func `I9: a record is in the file when append returns`() async throws {
        try await withTestFolder { folder in
            let chain = try AuditChain.open(in: folder)
            for number in 1...20 {
                try await chain.append(.example(number))
                let lines = try ChainFiles(folder: folder).lines()
                #expect(lines.count == number)
                #expect(lines.last?.contains(#""request":"req_\#(number)""#) == true)
            }
        }
    }

    @Test func `Records that come while others are written share the next sync`() async throws {
        try await withTestFolder { folder in
            let gate = DispatchSemaphore(value: 0)
            let syncs = Mutex(0)
            var disk = AuditDisk.system
            disk.append = { file, bytes in
                if syncs.withLock({
                    $0 += 1; return $0
                }) == 1 {
                    gate.wait()
                }
                return AuditDisk.system.append(&file, bytes)
            }
            let chain = try AuditChain.open(in: folder, limits: patient, disk: disk)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...1000 { group.addTask { try await chain.append(.example(number)) } }
                #expect(try await eventually { chain.health.waiting == 1000 })
                gate.signal()
                try await group.waitForAll()
            }
            #expect(syncs.withLock { $0 } == 2)
            #expect(try ChainFiles(folder: folder).verify([chain.head]).links == 1000)
        }
    }

    @Test func `SECURITY 53: a disk that blocks refuses within the bound, health is red until it works again`()
        async throws
    {
        try await withTestFolder { folder in
            let gate = DispatchSemaphore(value: 0)
            let isBlocked = Mutex(false)
            var disk = AuditDisk.system
            disk.append = { file, bytes in
                if isBlocked.withLock({ $0 }) { gate.wait() }
                return AuditDisk.system.append(&file, bytes)
            }
            var limits = AuditChain.Limits()
            limits.wait = .seconds(2)
            let chain = try AuditChain.open(in: folder, limits: limits, disk: disk)
            try await chain.append(.example(1))
            isBlocked.withLock { $0 = true }
            let began = ContinuousClock.now
            let failures = await withTaskGroup(of: AuditError.Code?.self) { group in
                for number in 2...21 { group.addTask { await failure { try await chain.append(.example(number)) } } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let took = ContinuousClock.now - began
            #expect(failures == Array(repeating: .timeout, count: 20))
            // The disk never answers; the upper bound leaves room for a machine that is busy with other tests.
            #expect(took >= .seconds(2) && took < .seconds(30))
            #expect(!chain.health.isHealthy)
            #expect(chain.health.reason?.contains("in time") == true)
            isBlocked.withLock { $0 = false }
            gate.signal()
            #expect(try await eventually { chain.health.waiting == 0 })
            try await chain.append(.example(22))
            #expect(chain.health.isHealthy)
            let report = try ChainFiles(folder: folder).verify([chain.head])
            #expect(report.findings.isEmpty)
            #expect(report.head == chain.head)
        }
    }

    @Test func `SECURITY 53: more records than may wait are refused at once`() async throws {
        try await withTestFolder { folder in
            let gate = DispatchSemaphore(value: 0)
            var disk = AuditDisk.system
            disk.append = { file, bytes in
                gate.wait()
                return AuditDisk.system.append(&file, bytes)
            }
            var limits = patient
            limits.waiting = 10
            limits.batch = 1
            let chain = try AuditChain.open(in: folder, limits: limits, disk: disk)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await chain.append(.example(1)) }
                // The writer holds one, ten more may wait.
                #expect(try await eventually { chain.isWriting })
                for number in 2...11 { group.addTask { try await chain.append(.example(number)) } }
                #expect(try await eventually { chain.health.waiting == 11 })
                #expect(await failure { try await chain.append(.example(12)) } == .full)
                #expect(!chain.health.isHealthy)
                for _ in 1...11 { gate.signal() }
                try await group.waitForAll()
            }
            #expect(chain.health.isHealthy)
            #expect(chain.head.sequence == 11)
        }
    }

    @Test(arguments: [ENOSPC, EIO]) func `SECURITY 53: a full or failing disk refuses, and the chain stays sound`(
        code: Int32
    ) async throws {
        try await withTestFolder { folder in
            let isFull = Mutex(false)
            var disk = AuditDisk.system
            disk.append = { file, bytes in
                if isFull.withLock({ !$0 }) { return AuditDisk.system.append(&file, bytes) }
                _ = pwrite(file.fd, bytes.baseAddress, bytes.count / 2, off_t(file.length))
                file.dirty = 1
                return code
            }
            let chain = try AuditChain.open(in: folder, disk: disk)
            try await chain.append(1...3)
            let head = chain.head
            isFull.withLock { $0 = true }
            for number in 4...6 { #expect(await failure { try await chain.append(.example(number)) } == .disk) }
            #expect(chain.head == head)
            #expect(chain.health.reason?.contains(String(cString: strerror(code))) == true)
            isFull.withLock { $0 = false }
            try await chain.append(7...8)
            #expect(chain.health.isHealthy)
            let report = try ChainFiles(folder: folder).verify([head, chain.head])
            #expect(report.findings.isEmpty)
            #expect(report.links == 5)
        }
    }

    @Test func `A record that is too large is refused, and refuses nobody else`() async throws {
        try await withTestFolder { folder in
            let chain = try AuditChain.open(in: folder)
            var record = AuditRecord.example(1)
            record.caller = String(repeating: "x", count: 20_000)
            #expect(await failure { try await chain.append(record) } == .tooLarge)
            try await chain.append(.example(2))
            #expect(chain.head.sequence == 1)
        }
    }

    private var patient: AuditChain.Limits {
        var limits = AuditChain.Limits()
        limits.wait = .seconds(60)
        return limits
    }
}

/// The code an append fails with; nil if it does not.
func failure(_ body: () async throws -> Void) async -> AuditError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? AuditError)?.code
    }
}
