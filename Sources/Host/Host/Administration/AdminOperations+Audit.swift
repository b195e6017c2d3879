import Audit
import ConnectorSDK
import Pipeline

/// The operator's side of the audit.
extension AdminOperations {
    /// Every chain as an item, each finding of it as one behind it: they may be many.
    func verifyAudit(_ request: AdminRequest, emit: Emit) async throws -> JSONValue {
        let given = try request.texts("checkpoints").map { text in
            guard let checkpoint = AuditCheckpoint(text: text) else {
                throw AdminProblem("invalid_input", "A checkpoint is the reason of an AUDIT_CHECKPOINT event.")
            }
            return checkpoint
        }
        for chain in try await administration.verifyAudit(given: given) {
            for line in AuditReport.Line.lines(of: chain) { try emit(.item(line.json)) }
        }
        return .object([:])
    }
}

/// What `audit verify` prints, whoever has verified.
struct AuditReport {
    private(set) var findings = 0

    /// One line of it.
    enum Line {
        case chain(String)
        case finding(String)

        static func lines(of chain: AuditVerification.Chain) -> [Line] {
            [.chain("\(chain.name): \(chain.links) links, ends with \(chain.head.text)")]
                + chain.findings.map { .finding("\($0)") }
        }

        var json: JSONValue {
            switch self {
            case .chain(let text): .object(["chain": .string(text)])
            case .finding(let text): .object(["finding": .string(text)])
            }
        }

        /// Nil for what no host of this version says.
        init?(_ json: JSONValue) {
            guard case .object(let members) = json else { return nil }
            if let text = members["chain"]?.scalarText {
                self = .chain(text)
            } else if let text = members["finding"]?.scalarText {
                self = .finding(text)
            } else {
                return nil
            }
        }
    }

    mutating func print(_ line: Line) {
        switch line {
        case .chain(let text): HostLogging.print(text)
        case .finding(let text):
            findings += 1
            HostLogging.print("  \(text)")
        }
    }
}
