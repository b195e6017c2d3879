/// A successful answer of the token endpoint: names with JSON values, in order, so that a fault can put anything there.
struct TokenAnswer: Sendable, Equatable {
    struct Field: Sendable, Equatable {
        var name: String
        var json: String
    }

    var fields: [Field]

    init(fields: [Field]) { self.fields = fields }

    init(accessToken: String, lifetime: Int, refreshToken: String?, scope: String) {
        fields = [
            Field(name: "access_token", json: JSONText.string(accessToken)),
            Field(name: "token_type", json: JSONText.string("Bearer")),
            Field(name: "expires_in", json: String(lifetime)),
        ]
        if let refreshToken {
            fields.append(Field(name: "refresh_token", json: JSONText.string(refreshToken)))
        }
        fields.append(Field(name: "scope", json: JSONText.string(scope)))
    }

    /// The JSON value of a field; setting nil removes the field.
    subscript(name: String) -> String? {
        get { fields.first { $0.name == name }?.json }
        set {
            let index = fields.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): fields[index].json = value
            case (let index?, nil): fields.remove(at: index)
            case (nil, let value?): fields.append(Field(name: name, json: value))
            case (nil, nil): break
            }
        }
    }

    /// The body as JSON.
    var json: String {
        "{" + fields.map { "\(JSONText.string($0.name)):\($0.json)" }.joined(separator: ",") + "}"
    }

    /// The body as `application/x-www-form-urlencoded`, as GitHub answers unless asked for JSON.
    var form: String {
        fields.map { "\($0.name)=\(FormText.encode(JSONText.plain($0.json)))" }.joined(separator: "&")
    }
}

/// JSON strings, written by hand because the answers are assembled from text.
enum JSONText {
    /// The text as a JSON string, quoted and escaped (RFC 8259 §7).
    static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The value without its quotes; good for the plain values of a `TokenAnswer`.
    static func plain(_ json: String) -> String {
        guard json.count >= 2, json.first == "\"", json.last == "\"" else { return json }
        return String(json.dropFirst().dropLast())
    }
}
