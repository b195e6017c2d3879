package import ConnectorSDK

/// Another authority was given what a line presents, and may present it from then on (`connections export --hand-over`).
/// Whoever knows this presents nothing of that grant any more, until an operator takes it back.
package struct HandOver: Sendable, Hashable {
    /// Stands for what the other authority may do.
    package let attempt: AttemptID
    package let line: LineID
    package let grant: GrantID
    package let generation: Int64
    package let fence: Int64
    package let host: HostID
    package let boot: BootID
    /// As `Attempt.caller`.
    package let caller: String
    package let at: Timestamp

    package init(
        attempt: AttemptID, line: LineID, grant: GrantID, generation: Int64, fence: Int64, host: HostID, boot: BootID,
        caller: String, at: Timestamp
    ) {
        self.attempt = attempt
        self.line = line
        self.grant = grant
        self.generation = generation
        self.fence = fence
        self.host = host
        self.boot = boot
        self.caller = caller
        self.at = at
    }

    /// As the line's attempt has it.
    package init(_ attempt: Attempt, of line: LineID) {
        self.init(
            attempt: attempt.id, line: line, grant: attempt.grant, generation: attempt.generationIn,
            fence: attempt.fence, host: attempt.host, boot: attempt.boot, caller: attempt.caller, at: attempt.claimedAt)
    }
}

extension Attempt {
    /// What stands for a hand-over in its line: it may have spent what the line holds, and nobody's word about it is awaited.
    package init(_ handOver: HandOver, rotation: RotationClass, closedAt: Timestamp) {
        self.init(
            id: handOver.attempt, grant: handOver.grant, generationIn: handOver.generation, fence: handOver.fence,
            purpose: .handOver, rotation: rotation, host: handOver.host, boot: handOver.boot, caller: handOver.caller,
            state: .ambiguous, claimedAt: handOver.at, sentAt: handOver.at, holderClear: true, closedAt: closedAt,
            outcome: "handed_over")
    }
}
