import Definitions
import Foundation

extension Explanation {
    /// For people: a block for each request, a line for each part, its origin behind it.
    package var text: String {
        var lines: [String] = []
        for request in requests {
            lines.append("\(connector): \(request.step ?? request.operation.rawValue)")
            if let problem = request.problem { lines.append("  cannot be written: \(problem)") }
            let width = request.parts.map(\.text.count).filter { $0 <= 72 }.max() ?? 0
            for part in request.parts {
                let origin = [part.origin.text, part.origin.key].compactMap(\.self).joined(separator: "  ")
                if part.text.count > width {
                    lines += ["  \(part.text)", "  \(String(repeating: " ", count: width))  \(origin)"]
                } else {
                    lines.append("  \(part.text.padding(toLength: width, withPad: " ", startingAt: 0))  \(origin)")
                }
            }
            lines.append("")
        }
        if !unset.isEmpty {
            lines += ["unset: \(unset.joined(separator: ", ")) (give them with --input name=value)", ""]
        }
        return lines.joined(separator: "\n")
    }

    /// For programs: the same, with positions as numbers.
    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Texts and integers always encode.
        let data = (try? encoder.encode(self)) ?? Data("{}".utf8)
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

extension ExplainedPart {
    /// `header Accept: application/json`.
    var text: String {
        switch place {
        case .method, .url, .certificate: "\(place.rawValue) \(value)"
        case .header: "header \(name): \(value)"
        case .query, .body: name.isEmpty ? "\(place.rawValue) \(value)" : "\(place.rawValue) \(name)=\(value)"
        case .claims: "claims of \(name): \(value)"
        }
    }
}

extension ExplainedPart: Encodable {
    private enum CodingKeys: String, CodingKey { case place, name, value, origin, key, file, line, column }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(place, forKey: .place)
        try container.encode(name, forKey: .name)
        try container.encode(value, forKey: .value)
        try container.encodeIfPresent(origin.key, forKey: .key)
        switch origin {
        case .file(_, let position):
            try container.encode("file", forKey: .origin)
            try container.encode(position.file, forKey: .file)
            try container.encode(position.line, forKey: .line)
            try container.encode(position.column, forKey: .column)
        case .formatDefault: try container.encode("default", forKey: .origin)
        case .engine: try container.encode("engine", forKey: .origin)
        }
    }
}
