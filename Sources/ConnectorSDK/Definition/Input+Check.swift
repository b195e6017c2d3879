extension Input {
    /// Why a value cannot be used for this input, or nil when it can. Checked always: for what a caller gives, for
    /// `default`, and for stored values (SECURITY 41).
    ///
    /// The reason never repeats the value, which may be secret.
    public func problem(with value: String) -> String? {
        if value.utf8.count > 4096 { return "longer than 4096 bytes" }
        if value.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) && !secret {
            return "holds a control character"
        }
        if !format.accepts(value) { return "not of the format \(format.rawValue)" }
        if !allowedValues.isEmpty, !allowedValues.contains(value) {
            return "not one of \(allowedValues.joined(separator: ", "))"
        }
        if let pattern {
            guard let compiled = try? Pattern(pattern) else { return "its pattern cannot be read" }
            if !compiled.matches(whole: value) { return "does not match \(pattern)" }
        }
        return nil
    }
}

extension Input.Format {
    /// Whether a value has this shape. Only the shape is looked at; nothing is resolved.
    public func accepts(_ value: String) -> Bool {
        switch self {
        case .text: true
        case .dnsLabel: HostName.label(value) != nil
        case .hostname: HostName.name(value) != nil
        case .baseURL: Self.isBaseURL(value)
        case .uuid: Self.isUUID(value)
        case .email: Self.isEmail(value)
        }
    }

    /// A decimal port, 1 to 65535, without leading zero.
    public static func isPort(_ text: some StringProtocol) -> Bool {
        guard (1...5).contains(text.utf8.count), let number = Int(text) else { return false }
        return (1...65535).contains(number) && String(number) == text
    }

    /// `host[:port][/path]`, with or without `https://`; no user info, query or fragment.
    static func isBaseURL(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.hasPrefix("https://") { rest = rest.dropFirst(8) }
        let host = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(host.count)
        let parts = host.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, HostName.name(String(name)) != nil, parts.count == 1 || isPort(parts[1]) else {
            return false
        }
        let segments = path.split(separator: "/")
        return segments.allSatisfy { $0 != "." && $0 != ".." && $0.utf8.allSatisfy(isUnreserved) }
    }

    private static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return false }
        return groups.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isHexDigit } }
    }

    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count), HostName.name(String(parts[1])) != nil else {
            return false
        }
        return parts[0].utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"(),:;<>[\\]".utf8.contains($0) }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        WireEncoding.isAlphanumeric(byte) || "-._~".utf8.contains(byte)
    }
}
