import ConnectorSDK
import Pipeline

/// Reads the members of one JSON object of a body and remembers every one that is wrong, so that a caller learns of all
/// of them at once. Null is the same as left out, except where `change` or `isNull` reads it.
struct FieldReader {
    /// The longest text, in characters (Unicode scalars), as the OpenAPI document counts them.
    static let longestText = 4096
    /// The longest name of a connection.
    static let longestName = 128
    /// The longest secret, in characters: a PEM chain fits.
    static let longestSecret = 64 * 1024

    let members: [String: JSONValue]
    private let prefix: String
    /// What stands for a member that is left out.
    private var standard: JSONValue?
    private var known: Set<String> = []
    private(set) var problems: [PipelineError.Field] = []

    init(_ members: [String: JSONValue], prefix: String = "") {
        self.members = members
        self.prefix = prefix
    }

    /// To be called when all members have been asked for.
    /// - Throws: `invalid_input` with every wrong and every unknown member.
    func finish() throws(PipelineError) {
        let all = problems + unknown
        guard let first = all.first else { return }
        var error = PipelineError(
            .invalidInput, all.count == 1 ? "\(first.name): \(first.detail)" : "\(all.count) members are wrong.")
        error.fields = all
        throw error
    }

    private var unknown: [PipelineError.Field] {
        members.keys.filter { !known.contains($0) }.sorted().map { .init(prefix + shown($0), "unknown member") }
    }

    mutating func refuse(_ name: String, _ detail: String) { problems.append(.init(prefix + shown(name), detail)) }

    /// Whether the member is there, and null.
    mutating func isNull(_ name: String) -> Bool { value(name) == .null }

    /// The member as it stands; nil when left out.
    mutating func value(_ name: String) -> JSONValue? {
        known.insert(name)
        return members[name] ?? standard
    }

    /// The member read by a function that gives nil for what is wrong; nil when left out or null.
    mutating func read<Value>(_ name: String, _ expected: String, _ read: (JSONValue) -> Value?) -> Value? {
        guard let value = value(name), value != .null else { return nil }
        guard let result = read(value) else {
            refuse(name, "must be \(expected)")
            return nil
        }
        return result
    }

    /// The member as a change: left out, null, or a value.
    mutating func change<Value>(_ name: String, _ expected: String, _ read: (JSONValue) -> Value?) -> Change<Value> {
        switch value(name) {
        case nil: return .unchanged
        case .null?: return .remove
        case let value?:
            guard let result = read(value) else {
                refuse(name, "must be \(expected), or null to remove it")
                return .unchanged
            }
            return .set(result)
        }
    }
}

extension FieldReader {
    /// An object inside this one, whose members are read by a function. Left out or null: nothing is read.
    mutating func nested(_ name: String, _ read: (inout FieldReader) -> Void) {
        guard let value = value(name), value != .null else { return }
        guard case .object(let members) = value, members.count <= 100 else {
            return refuse(name, "must be an object of at most 100 members")
        }
        var inner = FieldReader(members, prefix: prefix + name + ".")
        read(&inner)
        problems += inner.problems + inner.unknown
    }

    /// An object of changes inside this one. Null is null for every member.
    mutating func nestedChanges(_ name: String, _ read: (inout FieldReader) -> Void) {
        guard isNull(name) else { return nested(name, read) }
        var inner = FieldReader([:])
        inner.standard = .null
        read(&inner)
    }
}
