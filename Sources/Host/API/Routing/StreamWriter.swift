import HummingbirdCore
import NIOCore

/// Takes the body of an answer while it is made. Writing waits until the caller has taken what was written before.
struct StreamWriter {
    private var body: any ResponseBodyWriter
    /// When the caller is no longer let in; nil: never.
    let end: ContinuousClock.Instant?
    /// Whether he is let in still: keys, certificates and what they may do can change while he listens.
    let isLetIn: @Sendable () -> Bool
    /// Bytes written.
    private(set) var size = 0

    init(
        _ body: any ResponseBodyWriter, until end: ContinuousClock.Instant?,
        isLetIn: @escaping @Sendable () -> Bool = { true }
    ) {
        self.body = body
        self.end = end
        self.isLetIn = isLetIn
    }

    /// - Throws: when the caller has gone.
    mutating func write(_ buffer: ByteBuffer) async throws {
        size += buffer.readableBytes
        try await body.write(buffer)
    }
}
