import Foundation
import Logging
import NIOCore
import NIOSSL
import NIOTLS
import SwiftASN1
import X509

/// Closes a connection whose client certificate is no caller's, before a byte of a request is read (SECURITY 32). The
/// chain is verified by the handshake itself; what only its leaf shows is judged here, of resumed sessions too.
final class PeerCheck: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let peer: ConnectedPeer
    private let listener: ListenerTLS
    private let logger: Logger

    init(_ peer: ConnectedPeer, listener: ListenerTLS, logger: Logger) {
        self.peer = peer
        self.listener = listener
        self.logger = logger
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            do {
                peer.certificate = try certificate(of: context)
            } catch {
                logger.warning("client certificate refused: \(error.description)")
                context.close(promise: nil)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if peer.certificate != nil { context.fireChannelRead(data) }
    }

    private func certificate(of context: ChannelHandlerContext) throws(Refused) -> PeerCertificate {
        let found: Certificate
        do {
            guard let shown = try context.channel.pipeline.syncOperations.nioSSL_peerCertificate() else {
                throw Refused("there is none")
            }
            found = try Certificate(derEncoded: try shown.toDERBytes())
        } catch {
            throw error as? Refused ?? Refused(PeerCertificate.Refusal.unreadable.rawValue)
        }
        let certificate: PeerCertificate
        do {
            certificate = try PeerCertificate(found, now: Date())
        } catch {
            throw Refused(error.rawValue)
        }
        guard listener.callers?[certificate.uri] != nil else {
            throw Refused("\(certificate.uri) does not stand in MTLS_CALLERS_FILE")
        }
        return certificate
    }

    private struct Refused: Error {
        let description: String

        init(_ description: String) { self.description = description }
    }
}
