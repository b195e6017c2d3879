import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// HTTP/1.1 over TLS. Each connection takes the certificates that are in force when it is opened, so that they can change
/// without closing the others (SECURITY 40).
struct TLSConnections: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        fileprivate let connection: HTTP1Channel.Value
        fileprivate let peer: ConnectedPeer

        var channel: any Channel { connection.channel }
    }

    let http: HTTP1Channel
    let tls: ListenerTLS

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let peer = ConnectedPeer()
        return channel.eventLoop.makeCompletedFuture {
            let material = tls.current
            let handlers = channel.pipeline.syncOperations
            try handlers.addHandler(NIOSSLServerHandler(context: material.context))
            try handlers.addHandler(WholeClose())
            if tls.callers != nil {
                try handlers.addHandler(PeerCheck(peer, listener: tls, logger: logger))
            }
        }.flatMap {
            http.setup(channel: channel, logger: logger)
        }.map { Value(connection: $0, peer: peer) }
    }

    func handle(value: Value, logger: Logger) async {
        await ConnectedPeer.$current.withValue(value.peer) {
            await http.handle(value: value.connection, logger: logger)
        }
    }
}

/// Gives up half closure, which the framework allows, where this side closes a connection: with it TLS does not take the
/// other side's end for one. It would keep for five seconds what both have closed, and so would a host that ends.
private final class WholeClose: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all { try? context.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false) }
        context.close(mode: mode, promise: promise)
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1, over TLS where there is a listener's TLS.
    static func http(
        _ tls: ListenerTLS?, configuration: @escaping @Sendable () -> HTTP1Channel.Configuration = { .init() },
        _ respond: @escaping @Sendable (@escaping HTTPChannelHandler.Responder) -> HTTPChannelHandler.Responder = { $0 }
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { framework in
            let http = HTTP1Channel(responder: respond(framework), configuration: configuration())
            guard let tls else { return http }
            return TLSConnections(http: http, tls: tls)
        }
    }
}
