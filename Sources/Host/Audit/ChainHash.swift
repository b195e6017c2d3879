import Crypto

/// A SHA-256 of the chain, kept without an allocation of its own.
package struct ChainHash: Sendable, Hashable, CustomStringConvertible {
    private let words: SIMD4<UInt64>

    init(_ digest: SHA256Digest) {
        words = digest.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// Reads 64 lower-case hexadecimal digits; nil for anything else.
    package init?(_ text: some Collection<UInt8>) {
        guard text.count == 64 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in text {
            guard let value = Self.value(of: digit) else { return nil }
            if let first = high { bytes.append(first << 4 | value) }
            high = high == nil ? value : nil
        }
        words = bytes.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// Reads 64 lower-case hexadecimal digits; nil for anything else.
    package init?(_ text: String) { self.init(text.utf8) }

    /// 64 lower-case hexadecimal digits.
    package var description: String {
        var digits: [UInt8] = []
        appendHexadecimal(to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// The 32 bytes, for hashing.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { withUnsafeBytes(of: words, body) }

    func appendHexadecimal(to buffer: inout [UInt8]) {
        withBytes { bytes in
            for byte in bytes { Audit.appendHexadecimal(byte, to: &buffer) }
        }
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

/// Two lower-case hexadecimal digits.
func appendHexadecimal(_ byte: UInt8, to buffer: inout [UInt8]) {
    buffer.append(hexadecimalDigit(byte >> 4))
    buffer.append(hexadecimalDigit(byte & 15))
}

private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
}
