extension HostRule {
    /// The hosts that are this machine, as they stand in a URL.
    public static let loopbackHosts: Set<String> = ["localhost", "127.0.0.1", "[::1]"]
}
