/// A fault for calls to come: what strikes, whom, when and how often.
public struct Fault: Sendable, Equatable, Codable {
    /// What strikes.
    public var kind: Kind
    /// Which operation it waits for; nil: any call of the token endpoint.
    public var operation: Operation?
    /// Which client it waits for; nil: any.
    public var clientID: String?
    /// How many calls it strikes.
    public var times: Times
    /// Whether it strikes before or after the provider has done its work; nil: as the kind has it.
    public var phase: Phase?
    /// HTTP status, for `status`, `html`, `ok_false`, `already_processing` and `respond`.
    public var status: Int?
    /// The `Retry-After` header's value, for `status`: seconds or an HTTP date.
    public var retryAfter: String?
    /// Headers, for `respond`.
    public var headers: [String: String]?
    /// The body, for `status` and `respond`.
    public var body: String?
    /// For `expires_in`: `missing`, or the JSON text to put there (`3599.5`, `-1`, `"3600"` with its quotes).
    public var value: String?
    /// For `latency`: how long; for `hang`: when to give up and close the connection (nil: when released).
    public var milliseconds: Int?
    /// For `oversize`: mebibytes of the answer (5).
    public var mebibytes: Int?

    /// A fault that strikes once unless `times` says otherwise.
    public init(
        _ kind: Kind, operation: Operation? = nil, clientID: String? = nil, times: Times = .count(1),
        phase: Phase? = nil, status: Int? = nil, retryAfter: String? = nil, headers: [String: String]? = nil,
        body: String? = nil, value: String? = nil, milliseconds: Int? = nil, mebibytes: Int? = nil
    ) {
        self.kind = kind
        self.operation = operation
        self.clientID = clientID
        self.times = times
        self.phase = phase
        self.status = status
        self.retryAfter = retryAfter
        self.headers = headers
        self.body = body
        self.value = value
        self.milliseconds = milliseconds
        self.mebibytes = mebibytes
    }

    /// Before or after the provider's work: after it, a rotating refresh token is spent.
    public enum Phase: String, Sendable, Codable {
        case before
        case after
    }

    /// How often a fault strikes.
    public enum Times: Sendable, Equatable {
        case count(Int)
        case forever
    }

    /// Whether the provider has done its work when this strikes.
    public var strikes: Phase { kind.editsAnswer ? .after : phase ?? kind.defaultPhase }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case kind, operation, times, phase, status, headers, body, value, milliseconds, mebibytes
        case clientID = "client_id"
        case retryAfter = "retry_after"
    }

    /// Reads the body of `POST /_sandbox/faults`; only `kind` is required.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decode(Kind.self, forKey: .kind)
        operation = try container.decodeIfPresent(Operation.self, forKey: .operation)
        clientID = try container.decodeIfPresent(String.self, forKey: .clientID)
        times = try container.decodeIfPresent(Times.self, forKey: .times) ?? .count(1)
        phase = try container.decodeIfPresent(Phase.self, forKey: .phase)
        status = try container.decodeIfPresent(Int.self, forKey: .status)
        retryAfter = try container.decodeIfPresent(String.self, forKey: .retryAfter)
        headers = try container.decodeIfPresent([String: String].self, forKey: .headers)
        body = try container.decodeIfPresent(String.self, forKey: .body)
        value = try container.decodeIfPresent(String.self, forKey: .value)
        milliseconds = try container.decodeIfPresent(Int.self, forKey: .milliseconds)
        mebibytes = try container.decodeIfPresent(Int.self, forKey: .mebibytes)
    }
}

extension Fault.Times: Codable {
    /// Reads a number from 1 or the word `forever`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let count = try? container.decode(Int.self), count > 0 {
            self = .count(count)
        } else if (try? container.decode(String.self)) == "forever" {
            self = .forever
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "times is a number from 1 or \"forever\"")
        }
    }

    /// Writes what `init(from:)` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .count(let count): try container.encode(count)
        case .forever: try container.encode("forever")
        }
    }
}
