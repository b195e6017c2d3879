import ConnectorSDK
import Foundation

/// A provider's answer with its body read once.
struct Answer {
    /// What the body turned out to be.
    enum Content: Equatable {
        case empty
        /// The value, whatever it is; a form's fields become the members of an object.
        case value(JSONValue)
        /// The JSON ends before its end.
        case cut
        case unreadable
    }

    let response: ProviderResponse
    let content: Content

    init(_ response: ProviderResponse) {
        self.response = response
        content = Self.read(response)
    }

    /// The body's object; nil when it is none.
    var object: JSONValue? {
        guard case .value(let value) = content, case .object = value else { return nil }
        return value
    }

    var isSuccessStatus: Bool { (200...299).contains(response.status) }

    private static func read(_ response: ProviderResponse) -> Content {
        guard response.body.contains(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return .empty }
        do {
            return .value(try JSONReader.read(response.body))
        } catch {
            if let fields = form(response) { return .value(.object(fields.mapValues(JSONValue.string))) }
            return error == .cut ? .cut : .unreadable
        }
    }

    // GitHub answers form-encoded unless asked otherwise, and some say `text/plain` or nothing: such a body is read as a
    // form only if it holds what an OAuth answer holds.
    private static func form(_ response: ProviderResponse) -> [String: String]? {
        let type = (response.header("content-type") ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let isForm = type == "application/x-www-form-urlencoded"
        guard isForm || type.isEmpty || type == "text/plain", let fields = FormReader.read(trimmed(response.body))
        else { return nil }
        return isForm || fields["access_token"] != nil || fields["error"] != nil ? fields : nil
    }

    private static func trimmed(_ body: Data) -> [UInt8] {
        var bytes = [UInt8](body)
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        return bytes
    }
}
