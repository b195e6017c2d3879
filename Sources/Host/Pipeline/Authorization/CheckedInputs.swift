import ConnectorSDK
import Foundation

/// Connection inputs that were checked against the definition (DESIGN.md §3, always by the host).
struct CheckedInputs: Sendable {
    var plain: [String: String] = [:]
    var secret: [String: Secret] = [:]
    /// The secret ones, sealed.
    var sealed: Data?

    /// Inputs that were checked when they were stored.
    init(plain: [String: String], sealed: Data?) {
        self.plain = plain
        self.sealed = sealed
    }

    /// - Throws: `invalid_input` with a field for every wrong one.
    init(_ given: [String: String], of definition: Definition) throws {
        var fields: [PipelineError.Field] = []
        let known = definition.inputs.filter { $0.per == .connection }
        for name in given.keys.sorted() where !known.contains(where: { $0.name == name }) {
            let names = known.map(\.name).joined(separator: ", ")
            fields.append(
                .init("inputs.\(name)", "is no input of \(definition.id); it has: \(names.isEmpty ? "none" : names)"))
        }
        for input in known {
            switch given[input.name] ?? input.defaultValue {
            case nil where input.required:
                fields.append(.init("inputs.\(input.name)", "is required: \(input.title ?? input.name)"))
            case let value?:
                if let problem = input.problem(with: value) {
                    fields.append(.init("inputs.\(input.name)", problem))
                } else if input.secret {
                    secret[input.name] = Secret(value)
                } else {
                    plain[input.name] = value
                }
            default: break
            }
        }
        guard fields.isEmpty else {
            var error = PipelineError(.invalidInput, "The inputs of \(definition.id) are not right.")
            error.fields = fields
            throw error
        }
    }
}
