import ConnectorSDK

/// What came of asking for a document.
package enum FetchedDocument: Sendable {
    case answer(status: Int, body: [UInt8])
    /// No whole answer came, or none that may be read; the reason is safe to show.
    case none(reason: String, isUnreachable: Bool)
}

/// Asks a provider for a document: one GET without credentials, no redirect followed, at most 1 MiB.
package typealias DocumentFetch = @Sendable (_ url: String) async -> FetchedDocument

/// Finds the metadata of an issuer (RFC 8414, OpenID Connect Discovery 1.0).
struct Discovery {
    let address: MetadataAddress
    let fetch: DocumentFetch

    /// The first document that is the issuer's own.
    /// - Returns: the metadata, and the address it came from.
    func find() async throws(DiscoveryFailure) -> (metadata: IssuerMetadata, source: String) {
        var reasons: [String] = []
        var isUnreachable = false
        for candidate in address.candidates {
            switch await fetch(candidate) {
            case .answer(200, let body):
                do throws(DiscoveryFailure) {
                    return (try IssuerMetadata(body, of: address), candidate)
                } catch {
                    reasons.append("\(candidate): \(error.message)")
                }
            case .answer(let status, _):
                reasons.append("\(candidate): answered \(status)")
                isUnreachable = isUnreachable || status >= 500
            case .none(let reason, true):
                // The others have the same host.
                throw DiscoveryFailure(.unreachable, "\(candidate): \(reason)")
            case .none(let reason, false): reasons.append("\(candidate): \(reason)")
            }
        }
        let list = reasons.map { "\n  \($0)" }.joined()
        throw DiscoveryFailure(isUnreachable ? .unreachable : .refused, "no metadata of this issuer:\(list)")
    }
}
