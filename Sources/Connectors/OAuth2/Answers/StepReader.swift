import ConnectorSDK

/// Reads the answer to a step of `after_connect`: what it captures, once for everything that is left to choose from.
struct StepReader {
    let failures: FailureReader
    let values: TemplateValues

    /// The most that a person can be asked to choose from.
    private static let mostChoices = 1_000

    /// - Parameter step: nil: the definition has no such step any more.
    func read(_ answer: Answer, to step: AfterConnectStep?) -> Reading {
        switch step {
        case .request(let request)?: read(answer, to: request)
        case .claims(_, let capture)?: single(answer, capture)
        case nil: .failure(ProviderFailure(.unclear, code: "no_such_step"))
        }
    }

    private func read(_ answer: Answer, to request: AfterConnectRequest) -> Reading {
        guard answer.isSuccessStatus, answer.object?.error == nil else { return .failure(failures.failure(in: answer)) }
        guard let list = request.list else {
            // A `put` that is there for its effect may be answered by nothing.
            return request.capture.isEmpty ? .captured([[:]]) : single(answer, request.capture)
        }
        guard case .value(let body) = answer.content, case .array(let elements)? = body[list] else {
            return .failure(ProviderFailure(.unclear, code: "no_list"))
        }
        let left = elements.filter { isWanted($0, by: request.where) }.map { $0.captured(by: request.capture) }
        let choices = request.capture.isEmpty ? left : left.filter { !$0.isEmpty }
        return .captured(Array(choices.prefix(Self.mostChoices)))
    }

    private func single(_ answer: Answer, _ capture: [String: JSONPointer]) -> Reading {
        guard case .value(let body) = answer.content else { return .failure(failures.failure(in: answer)) }
        let captured = body.captured(by: capture)
        return captured.isEmpty ? .failure(ProviderFailure(.unclear, code: "nothing_captured")) : .captured([captured])
    }

    // A placeholder without a value picks nothing: it would else pick everything.
    private func isWanted(_ element: JSONValue, by conditions: [JSONPointer: Template]) -> Bool {
        conditions.allSatisfy { pointer, template in
            guard let wanted = try? template.text(values, at: "after_connect.where") else { return false }
            return element[pointer]?.scalarText == wanted
        }
    }
}
