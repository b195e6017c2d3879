import Foundation
import Hummingbird

/// The JSON body of a control call; an empty one is an empty object.
struct ControlBody {
    private let data: Data

    init(_ request: Request) async throws {
        let buffer = try await request.body.collect(upTo: 16 << 20)
        data = buffer.readableBytes == 0 ? Data("{}".utf8) : Data(buffer.readableBytesView)
    }

    /// Decodes it, or answers 400 with what is wrong. A key that nobody reads is a typing error, not a wish.
    func decode<Value: Decodable, Key: CodingKey & CaseIterable>(
        _ type: Value.Type, keys: Key.Type
    ) throws -> Value {
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw HTTPError(.badRequest, message: "the body is not a JSON object")
        }
        let known = keys.allCases.map(\.stringValue)
        if let unknown = object.keys.sorted().first(where: { !known.contains($0) }) {
            throw HTTPError(.badRequest, message: "unknown key \(unknown); known: \(known.joined(separator: ", "))")
        }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw HTTPError(.badRequest, message: Self.text(of: error))
        }
    }

    private static func text(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.map(\.stringValue).joined(separator: ".") + ": " + context.debugDescription
        @unknown default: "the body cannot be read"
        }
    }
}

/// The few kinds of values of the metadata document.
enum JSONValue: Encodable {
    case text(String)
    case list([String])
    case flag(Bool)

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .flag(let value): try container.encode(value)
        }
    }
}
