/// Why no definition comes of an issuer. The text is safe to show: what the provider sent stands in it on one line.
struct DiscoveryFailure: Error, Hashable {
    /// What the caller can do about it.
    enum Code: Hashable {
        /// The issuer that was asked for cannot be one.
        case wrongIssuer
        /// Nobody answered as a provider does: no connection, no whole answer, or 5xx.
        case unreachable
        /// There is no metadata, or none that can be used.
        case refused
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
