import NIOCore
import NIOHTTP1

/// Which host a request is for (RFC 9112 §3.2), and whether it is the connection's last. Stands before the framework's
/// types, which know neither its version nor that there were two: what they call the authority is the one host that was
/// named rightly, and nil where the request is to be refused.
final class HostRule: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// Puts one behind the decoder of a connection.
    static func join(_ pipeline: ChannelPipeline.SynchronousOperations) throws {
        let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandler(HostRule(), position: .after(decoder.handler))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        // The framework knows the one word alone.
        if Self.isLast(head) { head.headers.replaceOrAdd(name: "connection", value: "close") }
        guard !Self.isNamed(in: head.headers) else { return context.fireChannelRead(wrapInboundOut(.head(head))) }
        // HTTP/1.0 has no such header.
        let isExempt = head.version == .http1_0 && !head.headers.contains(name: "host")
        head.headers.remove(name: "host")
        if isExempt { head.headers.add(name: "host", value: "") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Whether the connection ends with the answer (RFC 9112 §9.3): one of HTTP/1.0 is not kept, whatever it asks for.
    private static func isLast(_ head: HTTPRequestHead) -> Bool {
        head.version == .http1_0 || !head.isKeepAlive
    }

    /// Once, and by what can be a host.
    private static func isNamed(in headers: HTTPHeaders) -> Bool {
        var count = 0
        for (name, value) in headers where name.utf8.count == 4 && name.lowercased() == "host" {
            guard isHost(value) else { return false }
            count += 1
        }
        return count == 1
    }

    // `uri-host [ ":" port ]`, or nothing (RFC 9110 §7.2), as far as its characters tell (RFC 3986 §3.2.2).
    private static func isHost(_ text: String) -> Bool {
        let text = text.utf8.drop(while: isSpace)
        guard let end = text.lastIndex(where: { !isSpace($0) }) else { return true }
        return text[...end].allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            // - . 0–9 :
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "0")...UInt8(ascii: ":"): true
            // The signs of a registered name, the brackets of an address.
            case UInt8(ascii: "!"), UInt8(ascii: "$")...UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="),
                UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                true
            default: false
            }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
