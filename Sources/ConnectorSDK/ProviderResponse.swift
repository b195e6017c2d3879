public import struct Foundation.Data

/// A complete answer of a provider, as it came.
public struct ProviderResponse: Sendable, Hashable {
    public var status: Int
    /// In order; names in lower case.
    public var headers: [Header]
    public var body: Data
    /// When the answer was complete, milliseconds since 1970: lifetimes count from here.
    public var receivedAt: Int64

    /// One header line.
    public struct Header: Sendable, Hashable, Codable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(status: Int, headers: [Header], body: Data, receivedAt: Int64) {
        self.status = status
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }

    /// The first header of that name, compared without case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name == name.lowercased() }?.value
    }
}
