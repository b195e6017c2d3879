import ConnectorSDK
import Definitions
import Foundation

/// A template and the values of three inputs, a line each; the first two bytes choose the inputs' formats and the hosts.
enum ExpansionTarget: Target {
    private static let hosts: [[HostRule]] = [
        [.host("api.example.com", port: nil)], [.suffix(".example.com")], [.host("api.example.com", port: 8443)],
        [.suffix(".example.com"), .host("other.example.org", port: nil)], [.loopback("localhost")],
        [.loopback("127.0.0.1"), .loopback("[::1]")], [.any], [.organization],
    ]

    static func seeds(_ repository: URL) throws -> [[UInt8]] {
        let own = [
            "https://{a}.example.com/{b}?x={c}\nacme\nväl ue\na&b", "{a}/oauth/{token}\nhttps://api.example.com/v1\n\n",
            "http://localhost:{a}/t\n8083\n\n", "https://api.example.com:8443/{b}\n\n..\n",
            "https://{a}/t\nevil.com#\n\n",
            "https://{a}example.com/\nx@y.\n\n", "https://[::1]/{a}\n%2e%2e\n\n",
            "{a}{b}{c}\nhttps://\napi.example.com\n/",
        ].flatMap { text in hosts.indices.map { [UInt8($0 * 9), UInt8($0)] + Array(text.utf8) } }
        let endpoints = catalog.flatMap { loaded in
            (loaded.definition.token.endpoint + (loaded.definition.authorization?.endpoint ?? []))
                .filter { !$0.placeholders.isEmpty }
                .map { ($0, Expansion.standIns(loaded.definition)) }
        }
        return own
            + endpoints.map { template, values in
                var text = template.description
                var lines: [String] = []
                for (name, letter) in zip(Set(template.placeholders).sorted(), ["a", "b", "c"]) {
                    text = text.replacing("{\(name)}", with: "{\(letter)}")
                    lines.append(values[name] ?? "acme")
                }
                return [0, 1] + Array(([text] + lines).joined(separator: "\n").utf8)
            }
    }

    static func run(_ bytes: [UInt8]) {
        guard bytes.count > 2 else { return }
        let lines = bytes.dropFirst(2).split(
            separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false
        )
        .map(\.text)
        let definition = definition(Int(bytes[0]), Int(bytes[1]))
        let values = Dictionary(uniqueKeysWithValues: zip(["a", "b", "c"], lines.dropFirst()))
        let template = Template(lines[0])
        check(template)
        let expansion = Expansion(definition: definition, values: values)
        expansion.check([template])
        checkTexts(template, TemplateValues(definition, expansion.context))
        for line in lines {
            if let url = try? StrictURL(line, allowsLoopback: true) { Expansion.check(url) }
            checkEncodings(line)
        }
    }

    private static func definition(_ formats: Int, _ hosts: Int) -> Definition {
        let request = RequestRules(endpoint: [])
        var definition = Definition(id: "x", title: "X", token: request, refresh: RefreshRules(request: request))
        definition.inputs = ["a", "b", "c"].enumerated().map { index, name in
            var input = Input(name: name)
            input.format = Input.Format.allCases[(formats >> (2 * index)) % Input.Format.allCases.count]
            input.required = index != 2
            return input
        }
        definition.hosts = self.hosts[hosts % self.hosts.count]
        definition.client.perConnection = hosts & 0x80 != 0
        return definition
    }

    /// The pieces are the text, and a placeholder is a name.
    private static func check(_ template: Template) {
        let whole = template.segments.map { segment in
            switch segment {
            case .literal(let text): text
            case .placeholder(let name): "{\(name)}"
            }
        }
        invariant(whole.joined() == template.description, "pieces got lost: \(template)")
        for name in template.placeholders {
            invariant(Template("{\(name)}").placeholders == [name], "no name: \(name)")
        }
    }

    /// Headers hold what a header may, and no place shows a secret.
    private static func checkTexts(_ template: Template, _ values: TemplateValues) {
        if let header = try? template.header(values, at: "header") {
            for case .text(let text) in header.parts {
                invariant(text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "a header breaks out: \(text)")
            }
        }
        if let text = try? template.text(values.naming("hidden", as: "a"), at: "query") {
            invariant(!template.placeholders.contains("a"), "a secret stands in a text: \(text)")
        }
    }

    /// What is encoded can be decoded, and holds nothing that has a meaning in a URL.
    private static func checkEncodings(_ line: String) {
        for encoded in [WireEncoding.percent(line), WireEncoding.pathSegment(line)].compactMap(\.self) {
            invariant(encoded.removingPercentEncoding == line, "encoded otherwise: \(line)")
            invariant(!encoded.utf8.contains { "/?#&=@:\\ ".utf8.contains($0) }, "not encoded: \(encoded)")
        }
        if let host = HostName.name(line) {
            invariant(host == line.lowercased() && URL(string: "https://\(host)/")?.host() == host, "no host: \(line)")
        }
    }
}
