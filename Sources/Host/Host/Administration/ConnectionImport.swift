import API
import ConnectorSDK
import Model
import Pipeline

/// Carries out an import: several lines at a time, each on its own. A line that is refused says why and stops nothing;
/// lines that were imported before are found again, so that the same command goes on after whatever ended it.
struct ConnectionImport: Sendable {
    let administration: Administration
    /// For lines that name none.
    let organization: OrganizationID?
    let user: String
    let emit: AdminOperations.Emit

    /// Calls to providers at once.
    private static let workers = 8

    private typealias Outcome = (number: Int, imported: Administration.Imported)

    /// What became of the lines so far.
    private struct Tally {
        var counts: [String: Int] = [:]
        var stopped: (number: Int, problem: PipelineError)?

        var result: JSONValue {
            let names = ["imported", "known", "pending", "refused"]
            return .object(Dictionary(uniqueKeysWithValues: names.map { ($0, .number("\(counts[$0] ?? 0)")) }))
        }
    }

    func run(_ file: ImportSource) async throws -> JSONValue {
        let tally = try await withThrowingTaskGroup(of: Outcome.self) { group in
            var (tally, source, running) = (Tally(), file, 0)
            while tally.stopped == nil, let line = try source.next() {
                if running == Self.workers, let outcome = try await group.next() {
                    try tell(outcome, &tally)
                    running -= 1
                }
                group.addTask { (line.number, await take(line)) }
                running += 1
                try emit(.progress(source.part))
            }
            while let outcome = try await group.next() { try tell(outcome, &tally) }
            return tally
        }
        guard let (number, problem) = tally.stopped else {
            try emit(.progress(1))
            return tally.result
        }
        let done = (tally.counts["imported"] ?? 0) + (tally.counts["pending"] ?? 0)
        throw AdminProblem(
            problem.code.rawValue,
            "The import stopped at line \(number), with \(done) new connections: \(problem.detail) The same command goes on."
        )
    }

    private func take(_ line: ImportSource.Line) async -> Administration.Imported {
        guard let bytes = line.bytes else {
            return .refused(PipelineError(.payloadTooLarge, "A line has at most 1 MiB."))
        }
        do throws(PipelineError) {
            let read = try ImportLine(reading: bytes)
            guard let organization = read.organization.map({ OrganizationID($0) }) ?? organization else {
                return .refused(.invalid("organization", "is missing; name it in the line, or with --organization"))
            }
            return await administration.importConnection(
                read.request, line: read.text, in: organization, by: user)
        } catch {
            return .refused(error)
        }
    }

    private func tell(_ outcome: Outcome, _ tally: inout Tally) throws {
        func item(_ name: String, _ more: [String: JSONValue]) throws {
            tally.counts[name, default: 0] += 1
            let members: [String: JSONValue] = ["line": .number("\(outcome.number)"), "outcome": .string(name)]
            try emit(.item(.object(members.merging(more) { $1 })))
        }
        switch outcome.imported {
        case .made(let id): try item("imported", ["id": .string(id.description)])
        case .pending(let id): try item("pending", ["id": .string(id.description)])
        case .known(let id): try item("known", ["id": .string(id.description)])
        case .refused(let problem):
            var more: [String: JSONValue] = [
                "code": .string(problem.code.rawValue), "detail": .string(problem.whole),
            ]
            if let id = problem.connection { more["id"] = .string(id.description) }
            try item("refused", more)
        case .stopped(let problem):
            if tally.stopped.map({ outcome.number < $0.number }) ?? true { tally.stopped = (outcome.number, problem) }
        }
    }
}

extension PipelineError {
    /// With every wrong member.
    fileprivate var whole: String {
        fields.count > 1 ? detail + " " + fields.map { "\($0.name) \($0.detail)" }.joined(separator: "; ") : detail
    }
}
