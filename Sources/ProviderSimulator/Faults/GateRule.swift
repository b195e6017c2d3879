/// A gate: calls that match wait at it until it is released, so that a test needs no sleep.
public struct GateRule: Sendable, Equatable, Codable {
    /// Where calls wait.
    public enum Place: String, Sendable, Codable {
        /// Before the provider does its work: the refresh token is not spent yet.
        case before
        /// After its work, before the first byte of the answer.
        case after
        /// After the head and half of the body were sent.
        case body
    }

    /// Which operation; nil: any call of the token endpoint.
    public var operation: Operation?
    /// Which client; nil: any.
    public var clientID: String?
    /// Where.
    public var phase: Place
    /// How many calls it catches before it lets others pass; nil: all until released.
    public var times: Int?

    /// A gate for the calls that match.
    public init(
        operation: Operation? = nil, clientID: String? = nil, phase: Place = .before, times: Int? = nil
    ) {
        self.operation = operation
        self.clientID = clientID
        self.phase = phase
        self.times = times
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case operation, phase, times
        case clientID = "client_id"
    }

    /// Reads the body of `POST /_sandbox/gate`; `phase` is `before` unless given.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        operation = try container.decodeIfPresent(Operation.self, forKey: .operation)
        clientID = try container.decodeIfPresent(String.self, forKey: .clientID)
        phase = try container.decodeIfPresent(Place.self, forKey: .phase) ?? .before
        times = try container.decodeIfPresent(Int.self, forKey: .times)
    }

    func catches(_ call: GateCall) -> Bool {
        guard phase == call.place, times.map({ $0 > 0 }) ?? true else { return false }
        guard clientID == nil || clientID == call.clientID else { return false }
        return operation.map { $0 == call.operation } ?? call.operation.isTokenCall
    }
}

/// Which waiting calls `POST /_sandbox/gate/release` lets go; nothing set: all of them.
public struct GateRelease: Sendable, Equatable, Codable {
    /// Only calls of this operation.
    public var operation: Operation?
    /// Only calls of this client.
    public var clientID: String?
    /// Only calls waiting there.
    public var phase: GateRule.Place?
    /// Only so many, oldest first, and the gate stays; nil: all, and the gate is gone.
    public var count: Int?

    /// A release of the calls that match.
    public init(
        operation: Operation? = nil, clientID: String? = nil, phase: GateRule.Place? = nil, count: Int? = nil
    ) {
        self.operation = operation
        self.clientID = clientID
        self.phase = phase
        self.count = count
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case operation, phase, count
        case clientID = "client_id"
    }

    func frees(_ call: GateCall) -> Bool {
        (operation == nil || operation == call.operation) && (clientID == nil || clientID == call.clientID)
            && (phase == nil || phase == call.place)
    }

    /// Whether a gate rule falls with this release: all that it names is released.
    func removes(_ rule: GateRule) -> Bool {
        count == nil && (operation == nil || operation == rule.operation)
            && (clientID == nil || clientID == rule.clientID) && (phase == nil || phase == rule.phase)
    }
}

/// A call that comes to a gate.
struct GateCall: Sendable, Equatable {
    var operation: Operation
    var clientID: String?
    /// Nil: a call that hangs, which no gate catches but every full release frees.
    var place: GateRule.Place?
}
