import Pipeline
import Secrets
import Spool
import StoreContract

/// Why an operation was not carried out, as it goes over the wire.
struct AdminProblem: Error, Hashable {
    /// A problem code of DESIGN.md §7, or one of the door's own: `version`, `another_database`, `disk_unavailable`.
    let code: String
    /// Place and remedy; no secret.
    let detail: String

    init(_ code: String, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    init(_ error: any Error) {
        switch error {
        case let problem as AdminProblem: self = problem
        case let error as PipelineError: self.init(error.code.rawValue, error.detail)
        case let error as SecretsError where error.code == .backupName: self.init("invalid_input", "\(error)")
        case let error as SecretsError where error.code == .backupFile: self.init("disk_unavailable", "\(error)")
        case let error as SecretsError: self.init("keys_unavailable", "\(error)")
        case is StoreError, is SpoolError: self.init("store_unavailable", "\(error)")
        default: self.init("internal", "\(error)")
        }
    }

    /// How a command ends because of it (DESIGN.md §5).
    var exit: StartFailure.Code {
        switch code {
        case "malformed", "invalid_input", "not_found", "version", "another_database", "forbidden": .wrongUsage
        case "store_unavailable", "keys_unavailable", "audit_unavailable", "connector_unavailable", "draining",
            "provider_unavailable", "provider_rate_limited", "refresh_in_progress", "disk_unavailable":
            .dependencyUnreachable
        default: .checkFailed
        }
    }
}
