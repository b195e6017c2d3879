import Foundation

/// Collects an answer as libcurl hands it over, within its limits (SECURITY 43).
struct AnswerReader {
    static let headerLimit = 64 << 10

    private let bodyLimit: Int
    private var response = WireResponse(status: 0)
    private var headerBytes = 0
    /// Bytes handed over so far: what "nothing moves any more" is measured by.
    private(set) var received = 0
    /// The blank line after a final status has been read.
    private(set) var isHeaderComplete = false
    /// Set when a limit was passed.
    private(set) var refusal: BrokenReason?

    init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

    /// What has been read, if anything has.
    var partial: WireResponse? { response.status == 0 ? nil : response }
    /// The whole answer, if libcurl says that it ended well: it forgives an end inside the headers, we do not.
    var complete: WireResponse? { isHeaderComplete ? response : nil }

    /// One raw header line; false to give up.
    mutating func readHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        received += line.count
        headerBytes += line.count
        guard headerBytes <= Self.headerLimit else { return refuse(.headersTooLarge) }
        // After the final headers only trailers come; nobody asks for them.
        if !isHeaderComplete { take(line[...]) }
        return true
    }

    /// Some bytes of the body; false to give up.
    mutating func readBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        received += bytes.count
        guard bytes.count <= bodyLimit - response.body.count else { return refuse(.answerTooLarge) }
        response.body.append(contentsOf: bytes)
        return true
    }

    private mutating func refuse(_ reason: BrokenReason) -> Bool {
        refusal = reason
        return false
    }

    private mutating func take(_ raw: Bytes) {
        let line = raw.trimmed(of: Self.lineEnds)
        if line.isEmpty {
            isHeaderComplete = response.status >= 200
        } else if line.starts(with: "HTTP/".utf8) {
            // A new status line follows interim answers (RFC 9110 §15.2): what came before does not count.
            let words = line.split(separator: UInt8(ascii: " "))
            response = WireResponse(status: words.dropFirst().first.flatMap { Int(Self.text($0)) } ?? 0)
        } else {
            takeField(line)
        }
    }

    private mutating func takeField(_ line: Bytes) {
        if let first = line.first, Self.blanks.contains(first) {
            // Obsolete folding (RFC 9112 §5.2) continues the field before.
            guard let last = response.headers.indices.last else { return }
            response.headers[last].value += " " + Self.text(line.trimmed(of: Self.blanks))
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[(colon + 1)...].trimmed(of: Self.blanks)
            response.headers.append(WireHeader(Self.text(line[..<colon]).lowercased(), Self.text(value)))
        }
    }

    // By bytes: a header costs more to trim as text than all else that is done with it.
    private typealias Bytes = Slice<UnsafeRawBufferPointer>
    private static let lineEnds: [UInt8] = [0x0A, 0x0D]
    private static let blanks: [UInt8] = [0x20, 0x09]

    private static func text(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Without such bytes at either end.
    fileprivate func trimmed(of bytes: [UInt8]) -> Self {
        guard let first = firstIndex(where: { !bytes.contains($0) }),
            let last = lastIndex(where: { !bytes.contains($0) })
        else { return self[startIndex..<startIndex] }
        return self[first...last]
    }
}
