import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// Stands between the framework's count of requests and its task for the connection: what the hot path has at hand is
/// answered here, on the event loop, and the task never hears of it. Everything else goes on to the task.
///
/// Answers keep the order of their requests: nothing is answered here while the task has a request, and whatever comes while
/// one is answered here waits, until its answer has left.
final class AnswersAtHand: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Held {
        case part(HTTPRequestPart)
        /// Such as the caller's end of its half, by which the task would end the connection.
        case event(Any)
        case error(any Error)
    }

    private let hotPath: HotPath
    /// Of a request that is looked at when it is whole.
    private var head: HTTPRequest?
    /// Requests that the task has.
    private var unanswered = 0
    /// The task ends the connection after a request that it has.
    private var isLast = false
    private var isAnswering = false
    /// What came meanwhile.
    private var held: [Held] = []
    private var wantsMore = false
    /// Nil when the connection is over.
    private var context: ChannelHandlerContext?

    init(_ hotPath: HotPath) { self.hotPath = hotPath }

    /// Puts one where it belongs. Where the framework's pipeline is another, its way is the only one.
    static func join(_ pipeline: ChannelPipeline.SynchronousOperations, _ hotPath: HotPath) {
        guard let counting = try? pipeline.context(handlerType: HTTPConnectionStateHandler.self) else { return }
        try? pipeline.addHandler(AnswersAtHand(hotPath), position: .after(counting.handler))
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: From the caller

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isHolding { held.append(.part(part)) } else { take(part, context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isHolding { held.append(.event(event)) } else { pass(event, context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isHolding { held.append(.error(error)) } else { pass(error: error, context) }
    }

    private var isHolding: Bool { isAnswering || !held.isEmpty }

    private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head) where unanswered == 0 && !isLast && hotPath.mayTake(head): self.head = head
        case .end where head != nil:
            guard !isAnswered(context) else { return }
            letGo(context)
            context.fireChannelRead(wrapInboundOut(part))
        default:
            letGo(context)
            if case .head(let head) = part { count(head) }
            context.fireChannelRead(wrapInboundOut(part))
        }
    }

    private func pass(_ event: Any, _ context: ChannelHandlerContext) {
        letGo(context)
        context.fireUserInboundEventTriggered(event)
    }

    private func pass(error: any Error, _ context: ChannelHandlerContext) {
        letGo(context)
        context.fireErrorCaught(error)
    }

    /// The task gets the request whose head is here.
    private func letGo(_ context: ChannelHandlerContext) {
        guard let head else { return }
        self.head = nil
        count(head)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private func count(_ head: HTTPRequest) {
        unanswered += 1
        if head.headerFields[.connection] == "close" { isLast = true }
    }

    // MARK: To the caller

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered = max(0, unanswered - 1) }
        context.write(data, promise: promise)
    }

    /// Whether the request whose head is here is answered here.
    private func isAnswered(_ context: ChannelHandlerContext) -> Bool {
        guard let head else { return false }
        let own = NIOLoopBound(self, eventLoop: context.eventLoop)
        isAnswering = hotPath.respond(to: head, on: context.eventLoop) { own.value.send($0, $1) }
        if isAnswering { self.head = nil }
        return isAnswering
    }

    private func send(_ head: HTTPResponse, _ body: ByteBuffer) {
        guard let context else { return }
        // Not before it has left: who then ends the connection would cut it off.
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.goOn() }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }

    private func goOn() {
        isAnswering = false
        guard !held.isEmpty else { return }
        while !isAnswering, !held.isEmpty, let context {
            let next = held[0]
            switch next {
            case .part(let part): take(part, context)
            case .event(let event): pass(event, context)
            case .error(let error): pass(error: error, context)
            }
            held.removeFirst()
        }
        guard let context else { return }
        // The task is told of what was passed on when a round of reading ends.
        context.fireChannelReadComplete()
        if wantsMore, held.isEmpty {
            wantsMore = false
            context.read()
        }
    }

    /// No more is read while something waits here.
    func read(context: ChannelHandlerContext) {
        if held.isEmpty { context.read() } else { wantsMore = true }
    }
}
