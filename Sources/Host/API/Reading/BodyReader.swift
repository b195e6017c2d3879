import ConnectorSDK
import HTTPTypes
import HummingbirdCore
import NIOCore
import Pipeline

/// Reads the body of a request: whole, within limits, and only if it is JSON, or a form where a route takes a file.
enum BodyReader {
    /// SECURITY 43.
    static let longest = 1 << 20

    /// The bytes of the body, none where there is no body.
    /// - Parameter share: grows with them.
    /// - Throws: `payload_too_large`, `unsupported_media_type`, `malformed`, `caller_rate_limited`.
    static func bytes(
        of request: Request, orFile takesFiles: Bool = false, in share: CallerQuota.Share
    ) async throws -> ByteBuffer {
        // RFC 9112 §6.3: a request that announces no body has none.
        guard isAnnounced(by: request.headers) else { return ByteBuffer() }
        let announced = request.headers[.contentLength].flatMap { Int($0) }
        guard announced ?? 0 <= longest else { throw tooLarge }
        try checkEncoding(request.headers[.contentEncoding])
        try checkTransfer(request.headers[.transferEncoding])
        let body = try await collected(request.body, share)
        // A caller that goes away in the middle must not pass for one that sent less.
        let isChunked = request.headers[.transferEncoding] != nil
        guard announced == nil || announced == body.readableBytes, !isChunked || body.readableBytes > 0 else {
            throw PipelineError(.malformed, "The body ended before its announced length.")
        }
        if body.readableBytes > 0 { try checkType(request.headers[.contentType], orFile: takesFiles) }
        return body
    }

    /// Whether a request has a body.
    static func isAnnounced(by headers: HTTPFields) -> Bool {
        headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } ?? false
    }

    /// The members of the body's object; a body that is not there counts as `{}`.
    static func members(of body: ByteBuffer) throws(PipelineError) -> [String: JSONValue] {
        guard body.readableBytes > 0 else { return [:] }
        // The reader mends what a provider writes; a caller learns that it is wrong.
        guard String(validating: body.readableBytesView, as: UTF8.self) != nil else {
            throw PipelineError(.malformed, "The body is no UTF-8.")
        }
        let value: JSONValue
        do {
            value = try JSONReader.readStrictly(body.readableBytesView)
        } catch {
            throw PipelineError(.malformed, explanation(of: error))
        }
        guard case .object(let members) = value else {
            throw PipelineError(.malformed, "The body must be a JSON object.")
        }
        return members
    }

    private static func collected(_ parts: RequestBody, _ share: CallerQuota.Share) async throws -> ByteBuffer {
        var body = ByteBuffer()
        do {
            for try await part in parts {
                guard body.readableBytes + part.readableBytes <= longest else { throw tooLarge }
                try share.grow(by: part.readableBytes)
                body.writeImmutableBuffer(part)
            }
        } catch let error as PipelineError {
            throw error
        } catch {
            throw PipelineError(.malformed, "The body cannot be read.")
        }
        return body
    }

    private static let tooLarge = PipelineError(.payloadTooLarge, "A body has at most \(longest) bytes.")

    private static func checkType(_ type: String?, orFile takesFiles: Bool) throws(PipelineError) {
        if takesFiles, OnePartForm.isNamed(by: type) { return }
        let parts = (type ?? "").lowercased().split(separator: ";", omittingEmptySubsequences: false)
        guard parts.first?.filter({ $0 != " " }) == "application/json" else {
            throw PipelineError(.unsupportedMediaType, "Send the body as application/json.")
        }
        // RFC 8259 §8.1; the parameter means nothing, but who names another encoding has perhaps written in it.
        let parameters = parts.dropFirst().map { $0.filter { !" \t\"".contains($0) } }
        let charsets = parameters.filter { $0.hasPrefix("charset=") }.map { $0.dropFirst("charset=".count) }
        guard charsets.allSatisfy({ ["utf-8", "utf8", "us-ascii"].contains($0) }) else {
            throw PipelineError(.unsupportedMediaType, "Send the body in UTF-8; JSON has no other encoding.")
        }
    }

    // Parsers take any list that ends with it, and undo that one alone (RFC 9112 §6.1).
    private static func checkTransfer(_ codings: String?) throws(PipelineError) {
        guard let codings, codings.trimmingPrefix(" ").lowercased() != "chunked" else { return }
        throw PipelineError(.unsupportedMediaType, "Send the body with no Transfer-Encoding but chunked.")
    }

    // What is compressed is read by nobody here: a small body could become any size.
    private static func checkEncoding(_ codings: String?) throws(PipelineError) {
        let names = codings?.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() } ?? []
        guard names.allSatisfy({ $0.isEmpty || $0 == "identity" }) else {
            throw PipelineError(.unsupportedMediaType, "Send the body as it is, without Content-Encoding.")
        }
    }

    private static func explanation(of failure: JSONReader.Failure) -> String {
        switch failure {
        case .tooLong: "The JSON is longer than \(JSONReader.longest) bytes."
        case .tooDeep: "The JSON is nested deeper than \(JSONReader.deepest)."
        case .cut: "The JSON ends in the middle of a value."
        case .malformed(let offset): "The body is no JSON from byte \(offset) on, or has a name twice there."
        }
    }
}
