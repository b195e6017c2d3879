import Foundation
import HTTPTypes
import Hummingbird

/// A request as it arrived, taken apart for a role to judge.
struct ArrivedRequest: Sendable {
    /// A member of a body or query.
    enum Value: Sendable, Equatable {
        case text(String)
        case number(Double)
        case flag(Bool)
        /// What no role expects: null, an array, an object.
        case other
    }

    var method: String
    /// Percent-encoding undone.
    var path: String
    var query: [(name: String, value: Value)] = []
    var format = RequestScript.Format.none
    var body: [(name: String, value: Value)] = []
    var headers: HTTPFields = [:]
    /// What is written in query and form, for how it writes a space.
    var encoded = ""
}

extension ArrivedRequest {
    /// Reads a request; nil when its body is none of the known formats.
    init?(_ request: Request) async throws {
        method = request.method.rawValue
        path = FormText.decode(request.uri.path.replacing("+", with: "%2B").utf8)
        encoded = request.uri.query ?? ""
        query = Self.texts(encoded)
        headers = request.headers
        let text = String(buffer: try await request.body.collect(upTo: 1 << 20))
        switch (text.isEmpty, request.headers[.contentType]?.prefix { $0 != ";" }) {
        case (true, nil): (format, body) = (.none, [])
        case (_, "application/x-www-form-urlencoded"):
            (format, body) = (.form, Self.texts(text))
            encoded += "&" + text
        case (_, "application/json"):
            guard let members = Self.members(text) else { return nil }
            (format, body) = (.json, members)
        default: return nil
        }
    }

    private static func texts(_ form: String) -> [(name: String, value: Value)] {
        Parameters(form: form).pairs.map { ($0.name, .text($0.value)) }
    }

    private static func members(_ json: String) -> [(name: String, value: Value)]? {
        guard let object = try? JSONDecoder().decode([String: Value].self, from: Data(json.utf8)) else { return nil }
        return object.map { ($0.key, $0.value) }
    }
}

extension ArrivedRequest.Value: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .other
        }
    }
}
