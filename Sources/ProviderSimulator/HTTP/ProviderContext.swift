import Foundation
import Hummingbird
import NIOCore

/// A request's context, with the channel below it: some faults must reach under HTTP.
struct ProviderContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Thrown after the connection was closed on purpose; nothing can be answered any more.
struct ConnectionDropped: Error {}

extension Channel {
    /// Ends the connection with a TCP RST: a linger time of zero makes close(2) throw away what is unsent (socket(7)).
    func reset() async {
        if let socket = self as? any SocketOptionProvider {
            try? await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try? await close()
    }

    /// Sends what is written, then closes.
    func closeAfterWrites() async {
        // Closing the output waits for pending writes; closing all would throw them away.
        try? await close(mode: .output)
        try? await close()
    }
}
