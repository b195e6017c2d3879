import ConnectorSDK
import Secrets
import StoreContract

extension PipelineError {
    /// What callers see of an error of a part: ours, theirs and the provider's are told apart.
    init(wrapping error: any Error) {
        switch error {
        case let error as PipelineError: self = error
        case let error as StoreError where error.brokenRule == .connectionName: self = .nameIsTaken  // at another host
        case let error as StoreError where error.code == .conflict:
            self.init(.revisionConflict, "The object was changed at the same time; read it again.")
        case let error as StoreError where error.code == .ended:
            self.init(.forbidden, "This organization was deleted; an operator has to open it again.")
        case let error as StoreError:
            self.init(.storeUnavailable, "The store cannot be used now (\(error.code)).", retryAfter: .seconds(2))
        case let error as SecretsError where error.isOfTheClient: self.init(.notConfigured, "\(error)")
        case is SecretsError:
            self.init(.keysUnavailable, "The keys cannot be used now: \(error)", retryAfter: .seconds(5))
        case let error as ConnectorError:
            self.init(error.code == .hostNotAllowed ? .hostsNotConfigured : .notConfigured, "\(error)")
            placeholder = error.placeholder.map { Field($0, "\(error.remedy) (\(error.place))") }
        default: self.init(.internal, "Something went wrong here; the request id leads to the log line.")
        }
    }
}

extension PipelineError {
    /// The same to whoever gives the inputs of a connection: a missing or wrong one is theirs to mend, unless an admin may
    /// allow its host (`organization` in the definition's `hosts`).
    func judged(byInputsOf definition: Definition) -> PipelineError {
        guard let placeholder, definition.input(placeholder.name)?.per == .connection else { return self }
        if code == .hostsNotConfigured, definition.hosts.contains(.organization) { return self }
        return .invalid("inputs.\(placeholder.name)", placeholder.detail)
    }
}

extension TokenPipeline {
    /// Runs a call that gives a connection its inputs.
    func judgingInputs<Result>(
        of definition: Definition, _ body: () async throws -> Result
    ) async throws -> Result {
        do { return try await body() } catch let error as PipelineError {
            throw error.judged(byInputsOf: definition)
        }
    }
}

extension SecretsError {
    /// Whether what was set up for the client is at fault, and not this host's own keys.
    fileprivate var isOfTheClient: Bool {
        switch code {
        case .missingSecret, .unusableSigningKey, .unusableAssertion: true
        case .keyFile, .wrongKey, .notPrepared, .unknownKey, .refused, .exhausted, .backupFile, .backupName: false
        }
    }
}
