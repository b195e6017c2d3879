import NIOCore
import NIOPosix
import NIOSSL

/// A client over TLS that sends exactly what it is told.
struct TLSClient: Sendable {
    let port: Int
    var configuration: TLSConfiguration

    /// One connection, with as many requests as the body sends.
    func connected<Result: Sendable>(
        _ body: @Sendable (inout TLSConversation) async throws -> Result
    ) async throws -> Result {
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var conversation = TLSConversation(received: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&conversation)
        }
    }

    /// One request on a connection of its own; nil when there was no answer: the connection was refused.
    func get(_ path: String, _ headers: [(String, String)] = []) async -> RawReply? {
        guard let reply = try? await connected({ try await $0.get(path, headers) }), reply.status != nil else {
            return nil
        }
        return reply
    }
}

/// What is said on one connection.
struct TLSConversation {
    var received: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// Sends a request and reads its answer; what came until the connection ended, if that is all.
    mutating func get(_ path: String, _ headers: [(String, String)] = []) async throws -> RawReply {
        var text = "GET \(path) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return try await send(text + "\r\n")
    }

    mutating func send(_ text: String) async throws -> RawReply {
        try await outbound.write(ByteBuffer(string: text))
        var reply = RawReply()
        while let part = try await received.next() {
            reply.bytes += part.readableBytesView
            if let length = reply.header("content-length").flatMap({ Int($0) }), reply.body.utf8.count >= length {
                return reply
            }
        }
        reply.isClosed = true
        return reply
    }

    /// Whether the other side closes, with nothing more to say.
    mutating func isClosed() async throws -> Bool { try await received.next() == nil }
}
