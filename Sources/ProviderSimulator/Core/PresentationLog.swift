import Foundation

/// What was presented, in order of arrival. Tests prove by it that nothing was presented against its class's rule.
struct PresentationLog: Sendable {
    /// The oldest lines are dropped beyond this; the counters keep counting.
    static let capacity = 200_000

    private(set) var lines: [Presentation] = []
    private(set) var verdicts: [Verdict: Int] = [:]
    private(set) var overlapping = 0
    private var dropped = 0
    private var running: [Int: Set<Int>] = [:]

    /// Forgets every line. Numbers go on, so that a call still running cannot write into a new line.
    mutating func clear() {
        dropped += lines.count
        (lines, verdicts, overlapping, running) = ([], [:], 0, [:])
    }

    /// A presentation arrived. Returns its sequence number.
    mutating func open(_ line: Presentation) -> Int {
        if lines.count >= Self.capacity {
            lines.removeFirst(Self.capacity / 2)
            dropped += Self.capacity / 2
        }
        var line = line
        line.sequence = dropped + lines.count + 1
        lines.append(line)
        if let family = line.family {
            let others = running[family] ?? []
            if !others.isEmpty { (others.union([line.sequence])).forEach { markOverlapping($0) } }
            running[family] = others.union([line.sequence])
        }
        return line.sequence
    }

    /// The provider looked at the token.
    mutating func judge(_ sequence: Int?, _ verdict: Verdict, spentBy: Int?, now: Date) {
        update(sequence) {
            $0.verdict = verdict
            $0.spentBy = verdict == .fresh ? nil : spentBy
            $0.processedAt = now.milliseconds
        }
    }

    /// The provider handed out a generation.
    mutating func issued(_ sequence: Int?, family: Int, generation: Int?) {
        update(sequence) {
            $0.family = family
            $0.issuedGeneration = generation
        }
    }

    /// The call is over: from here on the caller may know the answer, so a later call does not overlap it.
    mutating func close(_ sequence: Int?, _ answer: Answer, fault: String?, now: Date) {
        update(sequence) {
            $0.answer = answer.fate
            $0.status = answer.status
            $0.answeredAt = now.milliseconds
            $0.fault = fault
        }
        guard let line = line(sequence) else { return }
        verdicts[line.verdict, default: 0] += 1
        guard let family = line.family else { return }
        running[family]?.remove(line.sequence)
        if running[family]?.isEmpty == true { running[family] = nil }
    }

    func line(_ sequence: Int?) -> Presentation? {
        index(sequence).map { lines[$0] }
    }

    private func index(_ sequence: Int?) -> Int? {
        guard let index = sequence.map({ $0 - dropped - 1 }), lines.indices.contains(index) else { return nil }
        return index
    }

    private mutating func update(_ sequence: Int?, _ change: (inout Presentation) -> Void) {
        if let index = index(sequence) { change(&lines[index]) }
    }

    private mutating func markOverlapping(_ sequence: Int) {
        guard let index = index(sequence), !lines[index].overlapping else { return }
        lines[index].overlapping = true
        overlapping += 1
    }
}

extension Date {
    /// Milliseconds since 1970.
    var milliseconds: Int { Int((timeIntervalSince1970 * 1000).rounded()) }
}

extension AuthorizationServer {
    /// Writes an arriving code or refresh token into the log; nil for calls that present neither.
    mutating func logArrival(
        _ operation: Operation, _ parameters: Parameters, clientID: String?, call: String? = nil, now: Date
    ) -> Int? {
        guard operation == .refresh || operation == .exchange else { return nil }
        let record = operation == .refresh ? parameters["refresh_token"].flatMap { refreshTokens[$0] } : nil
        let family = record?.family ?? parameters["code"].flatMap { codes[$0]?.family }
        let expiresAt = family.flatMap { families[$0]?.newestAccessExpiresAt }
        return log.open(
            Presentation(
                sequence: 0, operation: operation, clientID: clientID,
                rotation: clientID.flatMap { clients[$0]?.rotation }, family: family, generation: record?.generation,
                issuedGeneration: nil, verdict: .unprocessed, spentBy: nil, overlapping: false,
                accessTokenExpiresAt: expiresAt?.milliseconds, arrivedAt: now.milliseconds, processedAt: nil,
                answeredAt: nil, status: nil, answer: .pending, fault: nil, call: call))
    }
}
