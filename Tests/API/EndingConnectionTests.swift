import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Testing

@testable import API

/// Who may hold up a host that ends, and for how long.
@Suite struct EndingConnectionTests {
    /// Lets no byte out, as a socket whose other side takes none.
    private final class Stall: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        var isStalled = false

        func flush(context: ChannelHandlerContext) {
            if !isStalled { context.flush() }
        }
    }

    /// A connection with one whole request.
    private static func connection(_ stall: Stall) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(stall)
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(ConnectionGuard(readBuffer: 4096, writeBuffer: 4096, requestTimeout: .hours(1)))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        return channel
    }

    private static func answer(_ channel: EmbeddedChannel) {
        let head = HTTPResponse(status: .ok, headerFields: [.contentLength: "4"])
        channel.write(HTTPResponsePart.head(head), promise: nil)
        channel.write(HTTPResponsePart.body(ByteBuffer(string: "pong")), promise: nil)
        channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
    }

    private static func end(_ channel: EmbeddedChannel) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    @Test("who takes nothing of a small answer, from before or after, holds it up for ten seconds")
    func smallAnswers() throws {
        for isBefore in [true, false] {
            let stall = Stall()
            let channel = try Self.connection(stall)
            stall.isStalled = true
            if isBefore { Self.answer(channel) }
            Self.end(channel)
            if !isBefore { Self.answer(channel) }
            #expect(channel.isWritable)
            channel.embeddedEventLoop.advanceTime(by: .seconds(9))
            #expect(channel.isActive)
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            #expect(!channel.isActive)
        }
    }

    @Test("who takes his answers, and who waits for one, is not cut off")
    func takenAnswers() throws {
        let stall = Stall()
        let channel = try Self.connection(stall)
        Self.end(channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(channel.isActive)
        stall.isStalled = true
        Self.answer(channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        stall.isStalled = false
        channel.flush()
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(channel.isActive)
        _ = try channel.finish()
    }
}
