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
        if !isHeaderComplete { take(String(decoding: line, as: UTF8.self)) }
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

    private mutating func take(_ raw: String) {
        let line = raw.trimmingCharacters(in: .newlines)
        if line.isEmpty {
            isHeaderComplete = response.status >= 200
        } else if line.hasPrefix("HTTP/") {
            // A new status line follows interim answers (RFC 9110 §15.2): what came before does not count.
            let code = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            response = WireResponse(status: code ?? 0)
        } else {
            takeField(line)
        }
    }

    private mutating func takeField(_ line: String) {
        if line.hasPrefix(" ") || line.hasPrefix("\t") {
            // Obsolete folding (RFC 9112 §5.2) continues the field before.
            guard let last = response.headers.indices.last else { return }
            response.headers[last].value += " " + line.trimmingCharacters(in: .whitespaces)
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            response.headers.append(WireHeader(line[..<colon].lowercased(), value))
        }
    }
}
