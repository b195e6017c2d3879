import Foundation

/// Diagnostics as SARIF 2.1.0, for code review tools (https://docs.oasis-open.org/sarif/sarif/v2.1.0/).
struct SARIFReport: Encodable {
    private let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    private let version = "2.1.0"
    private let runs: [Run]

    init(_ diagnostics: [Diagnostic]) {
        let rules = Set(diagnostics.map(\.rule)).sorted()
        let descriptors = rules.map { Rule(id: $0, shortDescription: RuleBook.rules[$0].map(Message.init(text:))) }
        runs = [Run(tool: Tool(driver: Driver(rules: descriptors)), results: diagnostics.map { Result($0, rules) })]
    }

    private enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }

    private struct Run: Encodable {
        let tool: Tool
        /// Columns count characters, as `Diagnostic` has them.
        let columnKind = "unicodeCodePoints"
        let results: [Result]
        private enum CodingKeys: String, CodingKey { case tool, columnKind, results }
    }

    private struct Tool: Encodable { let driver: Driver }

    private struct Driver: Encodable {
        let name = "token-manager"
        let rules: [Rule]
        private enum CodingKeys: String, CodingKey { case name, rules }
    }

    private struct Rule: Encodable {
        let id: String
        let shortDescription: Message?
    }

    private struct Message: Encodable { let text: String }

    private struct Result: Encodable {
        let ruleId: String
        let ruleIndex: Int?
        let level: String
        let message: Message
        let locations: [Location]

        init(_ diagnostic: Diagnostic, _ rules: [String]) {
            ruleId = diagnostic.rule
            ruleIndex = rules.firstIndex(of: diagnostic.rule)
            level = diagnostic.severity.rawValue
            message = Message(text: [diagnostic.message, diagnostic.hint].compactMap(\.self).joined(separator: "; "))
            locations = [Location(diagnostic)]
        }
    }

    private struct Location: Encodable {
        struct Physical: Encodable {
            let artifactLocation: Artifact
            let region: Region
        }
        struct Artifact: Encodable { let uri: String }
        struct Region: Encodable {
            let startLine: Int
            let startColumn: Int
        }

        let physicalLocation: Physical

        init(_ diagnostic: Diagnostic) {
            physicalLocation = Physical(
                artifactLocation: Artifact(uri: Self.uri(diagnostic.file)),
                region: Region(startLine: diagnostic.line, startColumn: diagnostic.column))
        }

        /// RFC 3986: a relative reference, or a `file:` URL for an absolute path.
        private static func uri(_ path: String) -> String {
            let encoded = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
            return path.hasPrefix("/") ? "file://\(encoded)" : encoded
        }
    }
}
