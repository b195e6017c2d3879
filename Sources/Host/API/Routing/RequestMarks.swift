import HTTPTypes
import Synchronization

/// What ties one request's log lines, audit records and answer together.
struct RequestMarks: Sendable {
    /// The caller's `X-Request-ID` if it is visible ASCII of at most 128 characters, else a random one.
    let requestID: String
    /// The trace of a `traceparent` header: https://www.w3.org/TR/trace-context/#traceparent-header
    let traceID: String?

    init(_ headers: HTTPFields) {
        let given = headers[values: .requestID]
        requestID = given.count == 1 && Shapes.isVisible(given[0]) ? given[0] : Self.makeID()
        traceID = headers[.traceParent].flatMap(Self.traceID)
    }

    /// 64 random bits of this process, then its count of requests in disguise (the finalizer of SplitMix64, which maps no
    /// two numbers to one). Enough to find lines by; asking the system for 128 bits would be two calls for each request.
    static func makeID() -> String {
        var number = start.count.wrappingAdd(1, ordering: .relaxed).newValue &* 0x9E37_79B9_7F4A_7C15
        number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
        number ^= number >> 31
        return String(unsafeUninitializedCapacity: 36) { bytes in
            _ = bytes.update(fromContentsOf: "req_".utf8)
            for (index, word) in [start.prefix, number].enumerated() {
                for digit in 0..<16 {
                    bytes[4 + index * 16 + digit] = digits[Int(word >> (60 - UInt64(digit) * 4) & 15)]
                }
            }
            return 36
        }
    }

    private static let start = Start()
    private static let digits = Array("0123456789abcdef".utf8)

    private final class Start: Sendable {
        let prefix = UInt64.random(in: 0...UInt64.max)
        let count: Atomic<UInt64>

        init() { count = Atomic(UInt64.random(in: 0...UInt64.max)) }
    }

    private static func traceID(_ parent: String) -> String? {
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[1].utf8.count == 32 else { return nil }
        let isHexadecimal = parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return isHexadecimal && parts[1].contains { $0 != "0" } ? String(parts[1]) : nil
    }
}
