package import ConnectorSDK
package import Foundation
package import Model

/// A raw answer with all that is needed to use it when the store has forgotten its attempt (PROTOCOL.md §2).
package struct SpoolEntry: Sendable, Hashable {
    /// What the answer answers.
    package enum Kind: Sendable, Hashable {
        case refresh
        /// The exchange of an authorization code or another grant; its flow tells what was asked.
        case exchange(flow: FlowID)
        /// A step, repeatable; `operation` names it.
        case step
    }

    package var attempt: AttemptID
    package var line: LineID
    package var organization: OrganizationID
    package var grant: GrantID
    package var generationIn: Int64
    package var fence: Int64
    package var kind: Kind
    /// The connector's operation, as `Operation.name`, or what a step is called.
    package var operation: String
    package var status: Int
    /// In the order received, names in lower case.
    package var headers: [ProviderResponse.Header]
    package var body: Data
    /// When the answer was complete; lifetimes count from here.
    package var receivedAt: Timestamp
    /// The refresh token that was presented: an answer without a new one means that it stays (RFC 6749 §6).
    package var presented: Secret?
    /// What the callback brought beside the code, which no answer repeats.
    package var captured: [String: String]

    package init(
        attempt: AttemptID, line: LineID, organization: OrganizationID, grant: GrantID, generationIn: Int64,
        fence: Int64, kind: Kind, operation: String, status: Int, headers: [ProviderResponse.Header], body: Data,
        receivedAt: Timestamp, presented: Secret? = nil, captured: [String: String] = [:]
    ) {
        self.attempt = attempt
        self.line = line
        self.organization = organization
        self.grant = grant
        self.generationIn = generationIn
        self.fence = fence
        self.kind = kind
        self.operation = operation
        self.status = status
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
        self.presented = presented
        self.captured = captured
    }
}

/// What was found in the spool folder.
package enum SpoolItem: Sendable, Hashable {
    case entry(SpoolEntry)
    /// Cannot be opened; its file is kept, set aside if it is damaged for good.
    case unreadable(UnreadableEntry)
}

/// A file that cannot be opened: reported, kept, and no hindrance to the others.
package struct UnreadableEntry: Sendable, Hashable {
    /// Its name within the spool's `entries`.
    package let file: String
    /// Whose answer it would be, if the file still says so. Not authenticated.
    package let attempt: AttemptID?
    package let line: LineID?
    /// Never acknowledged: the process died while it wrote this.
    package let isDraft: Bool
    /// Its bytes are damaged: no key and no later day can open it. It was moved to `damaged` and holds nothing back.
    package let isSetAside: Bool
    package let reason: String

    /// An answer of nobody knows what: it may be of any line.
    package var isNameless: Bool { line == nil && !isDraft && !isSetAside }
}

extension SpoolEntry: CustomStringConvertible, CustomReflectable {
    /// Its attempt and status: the rest may be secret.
    package var description: String { "spool entry \(attempt), status \(status)" }
    /// A mirror without children, so that `dump` shows nothing.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
