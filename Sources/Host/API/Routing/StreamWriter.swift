import HummingbirdCore
import NIOCore

/// Takes the body of an answer while it is made. Writing waits until the caller has taken what was written before.
struct StreamWriter {
    private var body: any ResponseBodyWriter
    /// When the caller is no longer let in; nil: never.
    let end: ContinuousClock.Instant?
    /// Bytes written.
    private(set) var size = 0

    init(_ body: any ResponseBodyWriter, until end: ContinuousClock.Instant?) {
        self.body = body
        self.end = end
    }

    /// - Throws: when the caller has gone.
    mutating func write(_ buffer: ByteBuffer) async throws {
        size += buffer.readableBytes
        try await body.write(buffer)
    }
}
