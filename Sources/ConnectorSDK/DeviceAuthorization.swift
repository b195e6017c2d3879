/// The answer to a device authorization request (RFC 8628 §3.2).
public struct DeviceAuthorization: Sendable {
    /// What the token endpoint is polled with; nobody but the host sees it.
    public var deviceCode: Secret
    /// What the person types on the provider's page.
    public var userCode: String
    /// The provider's page, an absolute `https` URL (`http` on a loopback host).
    public var verificationURI: String
    /// The same with the code filled in, for a link or a QR code.
    public var verificationURIComplete: String?
    /// How long both codes live, in seconds.
    public var expiresIn: Int
    /// The least time between two polls, in seconds.
    public var interval: Int

    public init(
        deviceCode: Secret, userCode: String, verificationURI: String, verificationURIComplete: String? = nil,
        expiresIn: Int, interval: Int
    ) {
        self.deviceCode = deviceCode
        self.userCode = userCode
        self.verificationURI = verificationURI
        self.verificationURIComplete = verificationURIComplete
        self.expiresIn = expiresIn
        self.interval = interval
    }
}
