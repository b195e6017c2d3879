import Foundation

/// The variables that choose what is simulated.
enum Environment {
    static func text(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    /// Decimal, or hexadecimal after `0x`.
    static func number(_ name: String) -> UInt64? {
        guard let text = text(name) else { return nil }
        return text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    }
}
