import Glibc
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOSSL
import Pipeline

/// Sits in front of the framework on every connection: sets the buffer sizes, has the host's name looked at, answers what is
/// no HTTP with a problem, keeps the bodies of answers to HEAD back, and ends the connection after an answer that says
/// `Connection: close`.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long the last answer may take to arrive before the connection is cut, with whatever the caller still sends.
    private static let farewell = TimeAmount.seconds(2)
    /// How long a caller may take nothing of an answer, and how long he may hold up a host that ends by that, or by a
    /// request that he does not finish.
    private static let patience = (serving: TimeAmount.seconds(60), ending: TimeAmount.seconds(10))

    private let readBuffer: Int
    private let writeBuffer: Int
    /// How long a request may take to arrive, from its head on; how long a head may is the framework's idle timeout.
    private let requestTimeout: TimeAmount
    /// Nil once it is in the pipeline, or where there is none.
    private var hotPath: HotPath?
    private var unanswered = 0
    private var answered = 0
    /// Which of the connection's requests, counted from 0, are HEAD and not answered to their end.
    private var heads: [Int] = []
    private var closesAfterAnswer = false
    private var isEnding = false
    /// A request has begun that is not here to its end.
    private var isReading = false
    private var cut: Scheduled<Void>?
    private var deadline: Scheduled<Void>?

    /// - Parameter hotPath: what it has at hand is answered on the event loop.
    init(readBuffer: Int, writeBuffer: Int, requestTimeout: TimeAmount, hotPath: HotPath? = nil) {
        self.readBuffer = readBuffer
        self.writeBuffer = writeBuffer
        self.requestTimeout = requestTimeout
        self.hotPath = hotPath
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // Nobody is served without: the framework would take the first of two hosts.
        do { try HostRule.join(context.pipeline.syncOperations) } catch { return context.close(promise: nil) }
        let allocator = FixedSizeRecvByteBufferAllocator(capacity: readBuffer)
        context.channel.setOption(.recvAllocator, value: allocator).whenFailure { _ in }
        let mark = ChannelOptions.Types.WriteBufferWaterMark(low: max(1, writeBuffer / 2), high: max(2, writeBuffer))
        context.channel.setOption(.writeBufferWaterMark, value: mark).whenFailure { _ in }
        // Who vanished without a word acknowledges nothing: the kernel would wait a quarter of an hour for him.
        let option = NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)
        let limit = SocketOptionValue(Self.patience.serving.nanoseconds / 1_000_000)
        context.channel.setOption(.tcpOption(option), value: limit).whenFailure { _ in }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            // Not before: the handlers behind this one come after it.
            if let hotPath {
                self.hotPath = nil
                AnswersAtHand.join(context.pipeline.syncOperations, hotPath)
            }
            if head.method == .head { heads.append(answered + unanswered) }
            unanswered += 1
            isReading = true
            // Not into an answer that is under way.
            if unanswered == 1, head.headerFields[.expect]?.lowercased() == "100-continue" { askForBody(context) }
        case .body: break
        case .end:
            isReading = false
            deadline?.cancel()
            deadline = nil
            watch(context)
        }
        context.fireChannelRead(data)
    }

    // RFC 9110 §10.1.1: who waits for it would wait a second for nothing. What is refused is refused after it, and closed.
    private func askForBody(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Nearly every request is here at once, and needs no clock.
        if isReading, deadline == nil {
            let channel = context.channel
            deadline = context.eventLoop.scheduleTask(in: requestTimeout) { channel.close(promise: nil) }
        }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        cut?.cancel()
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // In the middle of a request the framework must learn of it, or half a body would pass for a whole one.
        // Nor is there anybody to answer where the connection itself or its TLS has failed.
        guard unanswered == 0, !(error is IOError), !(error is ChannelError), !Self.isOfTLS(error) else {
            context.fireErrorCaught(error)
            return
        }
        unanswered += 1
        for part in Self.unreadable { write(context: context, data: wrapOutboundOut(part), promise: nil) }
        context.flush()
    }

    private static func isOfTLS(_ error: any Error) -> Bool {
        error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError || error is NIOTLSUnwrappingError
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { isEnding = true }
        watch(context)
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        watch(context)
        context.fireChannelWritabilityChanged()
    }

    // An answer is written no faster than it is taken; nobody may keep a connection, or the host from ending, by taking
    // nothing, nor the host by sending a request for ever.
    private func watch(_ context: ChannelHandlerContext) {
        cut?.cancel()
        cut = nil
        let channel = context.channel
        guard isHeldUp(channel) else { return }
        let patience = isEnding ? Self.patience.ending : Self.patience.serving
        cut = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            self.cut = nil
            if self.isHeldUp(channel) { channel.close(promise: nil) }
        }
    }

    // What is left of an answer may be too little for the channel to be full, and the next one waits until it has gone:
    // a host that ends looks at each byte.
    private func isHeldUp(_ channel: any Channel) -> Bool {
        guard isEnding else { return !channel.isWritable }
        if isReading || !channel.isWritable { return true }
        return ((try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0) > 0
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        // An answer that comes has not had its time yet; a request that does not end is not given more by it.
        if isEnding, cut == nil || !isReading { watch(context) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.headerFields[.connection] == "close": closesAfterAnswer = true
        // RFC 9110 §9.3.2: of any status, whoever answers. The caller would take it for the next answer.
        case .body where heads.first == answered:
            promise?.succeed()
            return
        case .end:
            if heads.first == answered { heads.removeFirst() }
            unanswered -= 1
            answered += 1
            if closesAfterAnswer { return finish(context: context, data: data, promise: promise) }
        default: break
        }
        context.write(data, promise: promise)
    }

    // First our half, so that the answer is not lost in a reset; then, whatever the caller does, all of it.
    private func finish(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let channel = context.channel
        context.writeAndFlush(data, promise: promise)
        context.close(mode: .output, promise: nil)
        context.eventLoop.scheduleTask(in: Self.farewell) { channel.close(promise: nil) }
    }

    private static var unreadable: [HTTPResponsePart] {
        let error = Problem(PipelineError(.malformed, "This is no HTTP request, or its header fields are too large."))
        let id = RequestMarks.makeID()
        var answer = error.answer(instance: "/", requestID: id)
        answer.headers[.requestID] = id
        answer.headers[.cacheControl] = "no-store"
        answer.headers[.connection] = "close"
        answer.headers[.contentLength] = String(answer.body.readableBytes)
        let head = HTTPResponse(status: answer.status, headerFields: answer.headers)
        return [.head(head), .body(answer.body), .end(nil)]
    }
}
