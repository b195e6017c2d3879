import ConnectorSDK
import Foundation
import Pipeline
import Secrets
import StoreContract

/// What can be asked at the door, by its name on the wire.
enum AdminOperation: String, CaseIterable {
    case status
    case listConnections = "connections.list"
    case showConnection = "connections.show"
    case refreshConnection = "connections.refresh"
    case revokeConnection = "connections.revoke"
    case verifyConnections = "connections.verify"
    case exportConnections = "connections.export"
    case importConnections = "connections.import"
    case listHosts = "hosts.list"
    case declareHostLost = "hosts.lost"
    case keyStatus = "keys.status"
    case rotateKey = "keys.rotate"
    case rewrapKeys = "keys.rewrap"
    case listOrganizations = "organizations.list"
    case deleteOrganization = "organizations.delete"
    case reopenOrganization = "organizations.reopen"
    case backUpStore = "store.backup"
    case verifyAudit = "audit.verify"
    case listWebhooks = "webhooks.list"
    case replayWebhooks = "webhooks.replay"

    /// As it stands in the audit.
    var auditAction: String { rawValue.replacing(".", with: "_") }
}

/// One request, one line of JSON:
/// `{"version":1,"database":"token-manager.db","operation":"hosts.lost","arguments":{"host":"host_…"}}`.
struct AdminRequest {
    /// Grows when an operation changes its meaning: two programs that differ in it do not guess.
    static let version = 1

    let operation: AdminOperation
    var arguments: [String: JSONValue] = [:]
    /// The file name of the database that it is about.
    var database: String?

    init(_ operation: AdminOperation, _ arguments: [String: JSONValue] = [:]) {
        self.operation = operation
        self.arguments = arguments
    }

    /// - Throws: `AdminProblem`.
    init(reading line: String) throws {
        guard case .object(let members)? = try? JSONReader.read(line.utf8) else {
            throw AdminProblem("malformed", "This is no request.")
        }
        guard members["version"]?.scalarText == "\(Self.version)" else {
            throw AdminProblem(
                "version", "The running host speaks version \(Self.version) of this door; use the program that it runs."
            )
        }
        guard let operation = members["operation"]?.scalarText.flatMap(AdminOperation.init(rawValue:)) else {
            throw AdminProblem(
                "version", "The running host does not know this operation; use the program that it runs.")
        }
        self.operation = operation
        database = members["database"]?.scalarText
        if case .object(let arguments)? = members["arguments"] { self.arguments = arguments }
    }

    var text: String {
        JSONWriter.text(
            .object([
                "version": .number("\(Self.version)"), "database": database.map(JSONValue.string) ?? .null,
                "operation": .string(operation.rawValue), "arguments": .object(arguments),
            ]))
    }

    /// - Throws: `AdminProblem` when it is missing.
    func required(_ name: String) throws -> String {
        guard let text = optional(name), !text.isEmpty else { throw AdminProblem("malformed", "\(name) is missing.") }
        return text
    }

    func optional(_ name: String) -> String? { arguments[name]?.scalarText }

    /// Empty where there are none.
    func texts(_ name: String) -> [String] {
        guard case .array(let values)? = arguments[name] else { return [] }
        return values.compactMap(\.scalarText)
    }

    func flag(_ name: String) -> Bool { arguments[name] == .bool(true) }
}

/// A line of the answer: progress and items, then a result or a problem.
enum AdminLine {
    /// From 0 to 1.
    case progress(Double)
    case item(JSONValue)
    case result(JSONValue)
    case problem(AdminProblem)

    var text: String {
        switch self {
        case .progress(let part): JSONWriter.text(.object(["progress": .number(String(part))]))
        case .item(let value): JSONWriter.text(.object(["item": value]))
        case .result(let value): JSONWriter.text(.object(["result": value]))
        case .problem(let problem):
            JSONWriter.text(
                .object(["problem": .object(["code": .string(problem.code), "detail": .string(problem.detail)])]))
        }
    }

    /// Nil for what no host of this version says.
    init?(reading line: String) {
        guard case .object(let members)? = try? JSONReader.read(line.utf8) else { return nil }
        if let part = members["progress"]?.decimal {
            self = .progress(part)
        } else if let item = members["item"] {
            self = .item(item)
        } else if let result = members["result"] {
            self = .result(result)
        } else if case .object(let problem)? = members["problem"] {
            self = .problem(
                AdminProblem(problem["code"]?.scalarText ?? "internal", problem["detail"]?.scalarText ?? ""))
        } else {
            return nil
        }
    }
}
