import HTTPTypes
import NIOCore
import Pipeline

/// Reads the one file of a `multipart/form-data` body (RFC 7578, RFC 2046 §5.1). Exactly what browsers and curl send for a
/// single file, and nothing looser: no preamble, no second part, no transfer encoding, nothing behind the end.
struct OnePartForm {
    private var rest: ByteBufferView
    private let boundary: [UInt8]

    /// Whether a `Content-Type` names such a form.
    static func isNamed(by type: String?) -> Bool { essence(of: type) == "multipart/form-data" }

    /// The bytes of the file; nil when the body is no form.
    /// - Throws: `unsupported_media_type`, `malformed`, `invalid_input`.
    static func content(of body: ByteBuffer, type: String?) throws(PipelineError) -> ByteBuffer? {
        guard let type, isNamed(by: type) else { return nil }
        guard let boundary = boundary(in: type) else {
            throw PipelineError(.unsupportedMediaType, "multipart/form-data names one boundary of 1 to 70 characters.")
        }
        var form = OnePartForm(rest: body.readableBytesView, boundary: boundary)
        return try form.read()
    }

    private mutating func read() throws(PipelineError) -> ByteBuffer {
        let delimiter = Array("--".utf8) + boundary
        guard take(delimiter), take(Self.newLine) else { throw Self.malformed("does not begin with its boundary") }
        try checkHeaders(try headers())
        let end = Self.newLine + delimiter
        guard let range = Self.range(of: end, in: rest) else { throw Self.malformed("ends before its boundary") }
        let content = ByteBuffer(bytes: rest[..<range.lowerBound])
        rest = rest[range.upperBound...]
        guard !take(Self.newLine) else { throw .invalid("file", "the form has more than one part; send one file") }
        guard take(Array("--".utf8)) else { throw Self.malformed("goes on behind a boundary") }
        _ = take(Self.newLine)
        guard rest.isEmpty else { throw Self.malformed("goes on behind its end") }
        return content
    }

    // MARK: Headers of the part

    private static let longestHeaders = 4096
    private static let newLine: [UInt8] = [0x0D, 0x0A]

    /// Names in lower case; every one once.
    private mutating func headers() throws(PipelineError) -> [String: String] {
        guard let range = Self.range(of: Self.newLine + Self.newLine, in: rest.prefix(Self.longestHeaders)) else {
            throw Self.malformed("has a part whose headers do not end within \(Self.longestHeaders) bytes")
        }
        let lines = String(validating: rest[..<range.lowerBound], as: UTF8.self)
        rest = rest[range.upperBound...]
        guard let lines else { throw Self.malformed("has part headers that are no UTF-8") }
        var headers: [String: String] = [:]
        for line in lines.split(separator: "\r\n", omittingEmptySubsequences: false) {
            let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, HTTPField.Name(String(halves[0])) != nil,
                line.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
            else { throw Self.malformed("has a part with a broken header line") }
            let value = halves[1].drop { $0 == " " }
            guard headers.updateValue(String(value), forKey: halves[0].lowercased()) == nil else {
                throw Self.malformed("has a part with a header twice")
            }
        }
        return headers
    }

    private func checkHeaders(_ headers: [String: String]) throws(PipelineError) {
        guard Self.essence(of: headers["content-disposition"]) == "form-data" else {
            throw Self.malformed("has a part without Content-Disposition: form-data (RFC 7578 §4.2)")
        }
        // RFC 7578 §4.7: transfer encodings are gone from forms.
        let encoding = headers["content-transfer-encoding"]?.lowercased() ?? "binary"
        guard ["7bit", "8bit", "binary"].contains(encoding) else {
            throw PipelineError(.unsupportedMediaType, "The part's content must not be encoded for transfer.")
        }
    }

    // MARK: Bytes

    private mutating func take(_ bytes: [UInt8]) -> Bool {
        guard rest.starts(with: bytes) else { return false }
        rest = rest.dropFirst(bytes.count)
        return true
    }

    /// The first place of a text that begins with CR, which a file in JSON hardly ever holds.
    private static func range(of bytes: [UInt8], in view: ByteBufferView) -> Range<Int>? {
        var start = view.startIndex
        while let index = view[start...].firstIndex(of: bytes[0]) {
            if view[index...].starts(with: bytes) { return index..<(index + bytes.count) }
            start = index + 1
        }
        return nil
    }

    private static func essence(of type: String?) -> String? {
        type?.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    }

    /// RFC 2046 §5.1.1, quoted or not.
    private static func boundary(in type: String) -> [UInt8]? {
        let parameters = type.split(separator: ";").dropFirst().map { $0.drop { $0 == " " } }
        let named = parameters.filter { $0.lowercased().hasPrefix("boundary=") }
        guard named.count == 1, var text = named.first?.dropFirst("boundary=".count) else { return nil }
        while text.last == " " { text.removeLast() }
        if text.count >= 2, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
        let bytes = Array(text.utf8)
        guard (1...70).contains(bytes.count), bytes.last != 0x20, bytes.allSatisfy(isBoundaryByte) else { return nil }
        return bytes
    }

    private static func isBoundaryByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "'()+_,-./:=? ".utf8.contains(byte)
        }
    }

    private static func malformed(_ what: String) -> PipelineError {
        PipelineError(.malformed, "The multipart body \(what).")
    }
}
