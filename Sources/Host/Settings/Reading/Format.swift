import ConnectorSDK
import Definitions
import Foundation

/// How the texts of settings are read. Each function throws what is wrong and what to write instead.
enum Format {
    /// Longest text of any setting, in bytes.
    static let longest = 8192

    static func text(_ text: String) throws(WrongValue) -> String {
        guard text.utf8.count <= longest, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw WrongValue("it is too long or holds control characters", remedy: "write one line of printable text")
        }
        return text
    }

    static func path(_ text: String) throws(WrongValue) -> String { try self.text(text) }

    /// Ends up in log lines and metric names.
    static func name(_ text: String) throws(WrongValue) -> String {
        let isName =
            text.utf8.count <= 64
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        guard isName else {
            throw WrongValue("`\(text)` is no name", remedy: "use at most 64 letters, digits, `-`, `_` and `.`")
        }
        return text
    }

    static func flag(_ text: String) throws(WrongValue) -> Bool {
        switch text.lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: throw WrongValue("`\(text)` is neither true nor false", remedy: "write true or false")
        }
    }

    static func port(_ text: String) throws(WrongValue) -> Int {
        guard let port = number(text), port <= 65535 else {
            throw WrongValue("`\(text)` is no port", remedy: "give a number from 0 to 65535")
        }
        return port
    }

    static func bufferSize(_ text: String) throws(WrongValue) -> Int {
        guard let size = number(text), (1024...1_048_576).contains(size) else {
            throw WrongValue("`\(text)` is no buffer size", remedy: "give a number of bytes from 1024 to 1048576")
        }
        return size
    }

    static func duration(_ text: String) throws(WrongValue) -> Duration {
        guard let duration = DurationText.read(text) else {
            throw WrongValue("`\(text)` is no duration", remedy: "write a whole number and a unit: 10s, 5m, 1h or 90d")
        }
        return duration
    }

    /// A duration that is longer than zero.
    static func deadline(_ text: String) throws(WrongValue) -> Duration {
        let duration = try duration(text)
        guard duration > .zero else { throw WrongValue("`\(text)` is no time at all", remedy: "give at least 1s") }
        return duration
    }

    static func rate(_ text: String) throws(WrongValue) -> RateLimit {
        guard let rate = DurationText.readRate(text) else {
            throw WrongValue(
                "`\(text)` is no rate", remedy: "write a number, a slash and a duration, as in 1000/1s")
        }
        return rate
    }

    static func choice<Value: RawRepresentable<String> & CaseIterable>(_ text: String) throws(WrongValue) -> Value {
        if let value = Value(rawValue: text.lowercased()) { return value }
        let names = Value.allCases.map(\.rawValue)
        let hint = Suggestion.hint(for: text, among: names).map { "; \($0)" } ?? ""
        throw WrongValue("`\(text)` is not known", remedy: "use one of \(names.joined(separator: ", "))\(hint)")
    }

    /// RFC 7518 §3.2: an HS256 key has at least as many bits as the hash.
    static func signingSecret(_ text: String) throws(WrongValue) -> Secret {
        guard text.utf8.count >= 32 else {
            throw WrongValue(
                "it has \(text.utf8.count) bytes, at least 32 are needed", remedy: "make one with: openssl rand -hex 32"
            )
        }
        return Secret(text)
    }

    /// `whsec_` and the base64 of a key of 24 to 64 bytes (Standard Webhooks 1.0), or a text of at least 24 that is the key.
    /// - Returns: it as the former.
    static func webhookSecret(_ text: String) throws(WrongValue) -> Secret {
        let remedy = "make one with: echo whsec_$(openssl rand -base64 32)"
        let isEncoded = text.hasPrefix("whsec_")
        guard let key = isEncoded ? Data(base64Encoded: String(text.dropFirst(6))) : Data(text.utf8) else {
            throw WrongValue("what follows whsec_ is no base64", remedy: remedy)
        }
        guard key.count >= 24, key.count <= (isEncoded ? 64 : longest) else {
            throw WrongValue("its key has \(key.count) bytes, 24 to 64 are needed", remedy: remedy)
        }
        return Secret("whsec_" + key.base64EncodedString())
    }

    static func existingFile(_ text: String) throws(WrongValue) -> String {
        guard FileManager.default.isReadableFile(atPath: text) else {
            throw WrongValue("`\(text)` cannot be read", remedy: "give the path of a file that this user may read")
        }
        return text
    }

    private static func number(_ text: String) -> Int? {
        guard (1...9).contains(text.utf8.count), text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(text)
    }
}
