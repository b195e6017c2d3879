import ConnectorSDK

/// Hosts and URLs. Values that may carry a password are never quoted.
extension Format {
    /// A host name or an IP address, without brackets.
    static func host(_ text: String) throws(WrongValue) -> String {
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        let isHost =
            bare.utf8.count <= 253
            && bare.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-.:%_".contains($0)) }
        guard isHost, !bare.isEmpty else {
            throw WrongValue(
                "`\(text)` is no host", remedy: "give a host name or an IP address without scheme and port")
        }
        return bare.lowercased()
    }

    /// Whether only this machine reaches a listener on that host.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.dropFirst().allSatisfy { UInt8($0) != nil }
    }

    /// An address of this host as the world sees it: http or https, a path at most. Without the trailing slash.
    static func baseURL(_ text: String) throws(WrongValue) -> String {
        let url = try webURL(text)
        guard !url.contains("?") else {
            throw WrongValue(
                "`\(text)` has a query",
                remedy: "give scheme, host, and port where needed, as in https://tokens.example.com")
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    /// An http or https URL without user and fragment. Whether http is fine there is a question of `StartChecks`.
    static func webURL(_ text: String) throws(WrongValue) -> String {
        // The strict parser takes http for loopback only; here the scheme is judged elsewhere, the rest is the same.
        let isPlain = text.lowercased().hasPrefix("http://")
        do {
            _ = try StrictURL(isPlain ? "https" + text.dropFirst(4) : text, allowsLoopback: true)
            return text
        } catch {
            // The text is left out: a user name in it has a password beside it.
            throw WrongValue(
                "it is no http or https URL: \(error.rawValue)", remedy: "write it as in https://app.example.com/done")
        }
    }

    /// Where events are posted: https, or http to this machine. It may hold a secret, so it is never quoted.
    static func webhookURL(_ text: String) throws(WrongValue) -> Secret {
        do {
            _ = try StrictURL(text, allowsLoopback: true)
            return Secret(text)
        } catch {
            throw WrongValue(
                "it is no https URL: \(error.rawValue)", remedy: "write it as in https://events.example.com/hooks")
        }
    }

    /// Separated by commas, spaces or line ends; a comma inside a URL is written `%2C`.
    static func webURLs(_ text: String) throws(WrongValue) -> [String] {
        var urls: [String] = []
        for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            urls.append(try webURL(String(part)))
        }
        return urls
    }

    static func proxy(_ text: String) throws(WrongValue) -> String {
        let lowered = text.lowercased()
        guard lowered.hasPrefix("http://") || lowered.hasPrefix("https://"), text.utf8.count > 8,
            (try? self.text(text)) != nil
        else { throw WrongValue("it is no proxy URL", remedy: "write it as in http://proxy.example.com:3128") }
        return text
    }
}
