/// What may stand in a URL's host. Strict on purpose: host names are never encoded, so a value must already be one
/// (SECURITY.md 41). Letters are ASCII; everything is given back in lower case.
public enum HostName {
    /// One DNS label of a user: letters, digits and inner hyphens, at most 63, no punycode. Nil otherwise.
    public static func label(_ text: String) -> String? {
        guard let label = plainLabel(text[...]), !label.hasPrefix("xn--") else { return nil }
        return label
    }

    /// A host name of at least `labels` labels, at most 253 characters. The last label starts with a letter, so that
    /// no form of an IP address passes (`127.1`, `0x7f000001`, `2130706433`). No trailing dot. Nil otherwise.
    public static func name(_ text: String, labels minimum: Int = 2) -> String? {
        guard text.utf8.count <= 253 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(plainLabel)
        guard parts.count >= minimum, let last = parts.last??.utf8.first, !WireEncoding.isDigit(last) else {
            return nil
        }
        let labels = parts.compactMap(\.self)
        return labels.count == parts.count ? labels.joined(separator: ".") : nil
    }

    private static func plainLabel(_ text: Substring) -> String? {
        let hyphen = UInt8(ascii: "-")
        guard let first = text.utf8.first, let last = text.utf8.last, first != hyphen, last != hyphen else {
            return nil
        }
        guard text.utf8.count <= 63, text.utf8.allSatisfy({ WireEncoding.isAlphanumeric($0) || $0 == hyphen }) else {
            return nil
        }
        return text.lowercased()
    }
}
