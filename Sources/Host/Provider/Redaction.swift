import Foundation

// SECURITY 31, 56: whatever prints, interpolates or dumps these values sees neither a secret nor a query string.

extension WireHeader: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(name): (redacted)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(reflecting: description) }
}

extension ClientCertificate: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "ClientCertificate(redacted)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(reflecting: description) }
}

extension WireRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        "WireRequest(\(method), \(headers.count) headers, \(body?.count ?? 0) bytes, redacted)"
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(reflecting: description) }
}

extension WireResponse: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        "WireResponse(\(status), \(headers.count) headers, \(body.count) bytes, redacted)"
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(reflecting: description) }
}
