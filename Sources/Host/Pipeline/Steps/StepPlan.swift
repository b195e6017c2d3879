import ConnectorSDK
import Model

/// Which steps an answer opens, and how a connection goes from one to the next. Values only; the caller stores them.
extension ConnectionRecord {
    /// Opens what has to follow an answer: the upgrade or else the introspection of its tokens, and after the first answer
    /// of a grant everything of `after_connect`. Steps that were open go on behind it.
    /// - Parameters:
    ///   - flow: the authorization that the grant came by.
    ///   - connects: whether the answer is the first of its grant.
    /// - Returns: whether anything has changed.
    mutating func openSteps(
        after read: AnswerReader.Read, definition: Definition, flow: FlowRecord? = nil, connects: Bool,
        at now: Timestamp
    ) -> Bool {
        let before = steps
        if connects { steps = nil }
        guard steps?.failure?.isFinal != true else { return false }
        let open = steps?.remaining ?? []
        var next: [Step] = []
        if read.needsUpgrade || open.first == .upgrade {
            next = [.upgrade]
        } else if definition.introspection.map({ $0.when == .always || read.lacksLifetime }) ?? false {
            next = [.introspect]
        }
        let later =
            connects
            ? definition.afterConnect.indices.filter { flow != nil || !holds(definition.afterConnect[$0].captures) }
                .map(Step.afterConnect)
            : open.filter { if case .afterConnect = $0 { true } else { false } }
        guard !(next + later).isEmpty else {
            (steps, stepAt) = (nil, nil)
            return before != nil
        }
        if steps == nil {
            steps = OpenSteps(
                [], flow: flow?.id, expectsNonce: flow?.hasConsentPage == true && definition.asksForNonce)
        }
        steps?.remaining = next + later
        steps?.lacksLifetime = read.lacksLifetime
        stepAt = steps?.nextTry(at: now)
        return true
    }

    /// An import brings what was captured elsewhere: nobody is asked for it again, nor a person to choose again.
    private func holds(_ names: Set<String>) -> Bool { !names.isEmpty && names.isSubset(of: captured.keys) }

    /// The first step is done.
    mutating func completeStep(at now: Timestamp) {
        guard var steps, let done = steps.remaining.first else { return }
        steps.remaining.removeFirst()
        if steps.waiting?.step == done { steps.waiting = nil }
        steps.failures = 0
        steps.failure = nil
        self.steps = steps.remaining.isEmpty ? nil : steps
        stepAt = self.steps?.nextTry(at: now)
    }

    /// The first step has failed: it, and only it, is tried again after a while, unless the failure is certain.
    mutating func failStep(_ failure: StepFailure, backOff: (Int) -> Duration, at now: Timestamp) {
        guard var steps else { return }
        steps.failures += 1
        steps.failure = OpenSteps.Failure(code: failure.code, at: now, isFinal: failure.isFinal)
        self.steps = steps
        stepAt = failure.isFinal ? nil : now + max(backOff(steps.failures), failure.retryAfter ?? .zero)
    }

    /// The first step found nothing, or several things. With nothing to name it is asked again after a while.
    mutating func awaitChoice(_ choices: [Choice], backOff: (Int) -> Duration, at now: Timestamp) {
        guard var steps, let step = steps.remaining.first else { return }
        steps.waiting = OpenSteps.Waiting(step: step, choices: choices)
        steps.failures = choices.isEmpty ? steps.failures + 1 : 0
        steps.failure = nil
        self.steps = steps
        stepAt = choices.isEmpty ? now + backOff(steps.failures) : nil
    }

    /// Takes what a person has named. False where there is no such choice.
    mutating func choose(_ id: String, at now: Timestamp) -> Bool {
        guard let waiting = steps?.waiting, let choice = waiting.choices.first(where: { $0.id == id }) else {
            return false
        }
        captured.merge(choice.captured) { $1 }
        steps?.remaining.removeAll { $0 == waiting.step }
        steps?.waiting = nil
        if steps?.remaining.isEmpty == true { steps = nil }
        stepAt = steps?.nextTry(at: now)
        return true
    }

    /// When the upgrade of the current token set is tried, while it is outstanding.
    var upgradeAt: Timestamp? { steps?.remaining.first == .upgrade ? stepAt ?? .distantPast : nil }
}

extension OpenSteps {
    /// At once, unless the next step waits for a person.
    func nextTry(at now: Timestamp) -> Timestamp? {
        if let waiting, waiting.step == remaining.first, !waiting.choices.isEmpty { return nil }
        return now
    }
}

extension AfterConnectStep {
    /// The names that it captures under.
    var captures: Set<String> {
        switch self {
        case .request(let request): Set(request.capture.keys)
        case .claims(_, let capture): Set(capture.keys)
        }
    }
}

extension Definition {
    /// What is wrong with captured values that another host brings: names of this definition, and limits as where they
    /// are captured.
    func problems(withCaptured values: [String: String]) -> [PipelineError.Field] {
        let names = Set((authorization?.callback.capture ?? [:]).keys).union(response.capture.keys)
            .union(afterConnect.flatMap(\.captures))
        return values.sorted { $0.key < $1.key }.compactMap { name, value in
            if !names.contains(name) { return .init("captured.\(name)", "is nothing that \(id) captures") }
            let isSane = value.utf8.count <= 4096 && !value.unicodeScalars.contains { $0.value < 0x20 }
            return isSane ? nil : .init("captured.\(name)", "has at most 4096 bytes and no control characters")
        }
    }
}
