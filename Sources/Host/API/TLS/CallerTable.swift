import Definitions
import Model
import Pipeline

/// Which client certificates are callers (`MTLS_CALLERS_FILE`), by their one URI. Default deny: what stands not there is
/// nobody.
struct CallerTable: Sendable {
    /// What one certificate's bearer may do.
    struct Entry: Sendable, Hashable {
        let organizations: [OrganizationID]
        let scopes: Set<Caller.Scope>
        /// The only connectors it reaches, as a service token's claim of that name says; nil: all.
        var connectors: Set<String>?
    }

    private let entries: [String: Entry]

    subscript(uri: String) -> Entry? { entries[uri] }

    /// Reads `callers: [{uri, organizations, scopes, connectors?}]`; whatever else stands there is an error.
    /// - Throws: what is wrong, with its line and column.
    init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
        let start = SourcePosition(file: file, line: 1, column: 1)
        guard let root = try YAMLReader.read(bytes, file: file) else {
            throw Self.refuse("the file is empty", "write `callers:` and a list", at: start)
        }
        let callers = try Self.members(of: root, ["callers"])["callers"]
        var entries: [String: Entry] = [:]
        for node in try Self.list(callers, "callers", of: root) {
            let (uri, entry) = try Self.entry(node)
            guard entries.updateValue(entry, forKey: uri) == nil else {
                throw Self.refuse(
                    "`\(uri)` stands here a second time", "keep one entry for each URI", at: node.position)
            }
        }
        self.entries = entries
    }

    private static func entry(_ node: YAMLNode) throws(Diagnostic) -> (uri: String, Entry) {
        let members = try members(of: node, ["uri", "organizations", "scopes", "connectors"])
        guard let place = members["uri"], let uri = place.text, WorkloadURI.isValid(uri) else {
            throw refuse(
                "`uri` is no SPIFFE ID", "write it as in spiffe://example.org/billing/worker",
                at: members["uri"]?.position ?? node.position)
        }
        var organizations: [OrganizationID] = []
        for item in try list(members["organizations"], "organizations", of: node) {
            guard let id = item.text, Shapes.isVisible(id) else {
                throw refuse("this is no organization's id", "write visible ASCII without spaces", at: item.position)
            }
            organizations.append(OrganizationID(id))
        }
        var scopes: Set<Caller.Scope> = []
        for item in try list(members["scopes"], "scopes", of: node) {
            guard let scope = item.text.flatMap(Caller.Scope.init(rawValue:)) else {
                let names = Caller.Scope.allCases.map(\.rawValue)
                let near = item.text.flatMap { Suggestion.hint(for: $0, among: names) }
                throw refuse(
                    "there is no such scope", near ?? "use \(names.joined(separator: ", "))", at: item.position)
            }
            scopes.insert(scope)
        }
        return (uri, Entry(organizations: organizations, scopes: scopes, connectors: try connectors(members, of: node)))
    }

    private static func connectors(
        _ members: [String: YAMLNode], of node: YAMLNode
    ) throws(Diagnostic) -> Set<String>? {
        guard members["connectors"] != nil else { return nil }
        var connectors: Set<String> = []
        for item in try list(members["connectors"], "connectors", of: node) {
            guard let id = item.text, Shapes.isConnector(Substring(id)) else {
                throw refuse("this is no connector's id", "write it as the name of its definition", at: item.position)
            }
            connectors.insert(id)
        }
        return connectors
    }

    private static func members(of node: YAMLNode, _ names: [String]) throws(Diagnostic) -> [String: YAMLNode] {
        guard let entries = node.entries else {
            throw refuse(
                "\(node.kind) instead of a map", "write the members \(names.joined(separator: ", "))", at: node.position
            )
        }
        var members: [String: YAMLNode] = [:]
        for entry in entries {
            guard names.contains(entry.key) else {
                throw refuse(
                    "there is no member `\(entry.key)`",
                    Suggestion.hint(for: entry.key, among: names) ?? "members are \(names.joined(separator: ", "))",
                    at: entry.keyPosition)
            }
            members[entry.key] = entry.value
        }
        return members
    }

    private static func list(_ node: YAMLNode?, _ name: String, of parent: YAMLNode) throws(Diagnostic) -> [YAMLNode] {
        guard let node else { throw refuse("`\(name)` is missing", "add the list, `[]` for none", at: parent.position) }
        guard let elements = node.elements else {
            throw refuse("`\(name)`: \(node.kind) instead of a list", "write `[…]`", at: node.position)
        }
        return elements
    }

    private static func refuse(_ message: String, _ hint: String, at position: SourcePosition) -> Diagnostic {
        Diagnostic("callers-file", message, hint: hint, at: position)
    }
}
