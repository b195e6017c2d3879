import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Pipeline
import Synchronization
import Telemetry
import Testing

@testable import API

/// What waits behind an answer at hand, on a connection whose loop runs when it is told to.
@Suite struct HeldRequestsTests {
    private typealias Done = @Sendable (Result<Void, PipelineError>) -> Void

    /// Counts what is asked of the socket.
    private final class Reads: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }

    /// Records that are not durable yet.
    private final class Records: Sendable {
        private let waiting = Mutex<[Done]>([])

        var count: Int { waiting.withLock { $0.count } }

        func add(_ done: @escaping Done) { waiting.withLock { $0.append(done) } }

        func finishFirst() {
            let done = waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            done?(.success(()))
        }
    }

    /// A connection that has sent that many requests at once, all of them for what is at hand.
    private static func connection(_ count: Int, _ reads: Reads, _ records: Records) throws -> EmbeddedChannel {
        let route = Route.serving(
            .get, "/api/v1/connections/{id}/token", { _, _ in .text("task") },
            atHand: { call, _ in
                guard let id = try? call.connection().description else { return nil }
                return AnswerAtHand(answer: .text("<\(id)>"), record: records.add)
            })
        let (configuration, log) = (Tokens.configuration, LogLines())
        let door = Door(
            authenticator: try Tokens.authenticator(), rules: RequestRules(configuration, logger: log.logger()),
            streams: .streams(configuration.streamsPerCaller), bodies: .bodies(configuration.bodiesPerCaller),
            answers: AnswerMemory().store, instruments: HTTPInstruments(in: MetricsRegistry()), logger: log.logger())
        // Seen before, as it has to be.
        let token = try Tokens.make(Tokens.service, secret: Tokens.serviceSecret)
        _ = try door.authenticator.claims(of: token[...])
        let hotPath = try #require(HotPath([(route: route, endpoint: Endpoint(route, door: door))]))

        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(reads)
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(
            ConnectionGuard(readBuffer: 4096, writeBuffer: 4096, requestTimeout: .hours(1), hotPath: hotPath))
        try pipeline.addHandler(HTTPConnectionStateHandler(logger: log.logger()))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let requests = (1...count).map {
            "GET /api/v1/connections/c\($0)/token HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\r\n"
        }
        try channel.writeInbound(ByteBuffer(string: requests.joined()))
        return channel
    }

    private static func answers(_ channel: EmbeddedChannel) throws -> [String] {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text.matches(of: /<([a-z0-9]+)>/).map { String($0.1) }
    }

    @Test("one is answered after the other, and no more is read while any waits behind it")
    func backPressure() throws {
        let (reads, records) = (Reads(), Records())
        let channel = try Self.connection(3, reads, records)
        channel.pipeline.read()
        var seen: [(records: Int, reads: Int)] = []
        for _ in 1...3 {
            seen.append((records.count, reads.count))
            records.finishFirst()
            channel.embeddedEventLoop.run()
        }
        #expect(seen.map(\.records) == [1, 1, 1] && records.count == 0)
        // The last one has nothing behind it.
        #expect(seen.map(\.reads) == [0, 0, 1])
        #expect(try Self.answers(channel) == ["c1", "c2", "c3"])
        #expect(channel.isActive)
        _ = try channel.finish()
    }

    @Test("a host that ends gives what was asked for before, and then ends the connection")
    func ending() throws {
        let (reads, records) = (Reads(), Records())
        let channel = try Self.connection(2, reads, records)
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        for _ in 1...2 {
            #expect(channel.isActive)
            records.finishFirst()
            channel.embeddedEventLoop.run()
        }
        #expect(!channel.isActive)
        #expect(try Self.answers(channel) == ["c1", "c2"])
    }

    @Test("who has vanished meanwhile is answered nothing")
    func vanished() throws {
        let (reads, records) = (Reads(), Records())
        let channel = try Self.connection(2, reads, records)
        _ = try channel.finish()
        records.finishFirst()
        channel.embeddedEventLoop.run()
        #expect(records.count == 0)
        #expect(try Self.answers(channel) == [])
    }
}
