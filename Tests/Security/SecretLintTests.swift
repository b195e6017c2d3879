import Foundation
import TestSupport
import Testing

@Suite struct SecretLintTests {
    @Test("SECURITY 31: no source of ours lets a secret into a log line, a description or an error")
    func sources() throws {
        let root = TestFolders.repository.appendingPathComponent("Sources").resolvingSymlinksInPath()
        let files = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        let sources = files.filter { $0.hasSuffix(".swift") }
        #expect(sources.count > 200)
        for name in sources {
            let url = root.appendingPathComponent(name)
            let lint = SecretLint(file: url.lastPathComponent, source: try String(contentsOf: url, encoding: .utf8))
            #expect(lint.findings.isEmpty, "\(name): \(lint.findings)")
        }
        // The list names what is there, so that it cannot grow stale.
        let there = Set(sources.map { ($0 as NSString).lastPathComponent })
        #expect(SecretLint.exits.subtracting(there).isEmpty)
    }

    @Test(
        "SECURITY 31: the lint finds planted secrets",
        arguments: [
            #"logger.info("token \(token.reveal())")"#, #"let text = "Bearer \(token.reveal())""#,
            #"print(secret.reveal())"#, "logger.debug(\n    \"x\",\n    metadata: [\"t\": .string(token.reveal())])",
            #"throw PipelineError(.internal, secret.reveal())"#, "var description: String { secret.reveal() }",
            "var debugDescription: String {\n  \"a\" + self.token.reveal()\n}", #"fatalError(token.reveal())"#,
            #"String(describing: token.reveal())"#, #"let all = "\(tokens.map { $0.reveal() })""#,
            #"throw Failure(description: key.reveal())"#, #"let read = "\(tokens.map(Secret.reveal))""#,
        ])
    func planted(_ line: String) {
        // In a file where secrets may leave: the other rules have to find it.
        let lint = SecretLint(
            file: "RequestAssembly.swift", source: "struct Sample {\n    func run() {\n\(line)\n    }\n}\n")
        #expect(lint.findings.first.map { $0.line >= 3 } ?? false, "\(lint.findings)")
        #expect(!SecretLint(file: "Elsewhere.swift", source: "let text = secret.reveal()").findings.isEmpty)
    }

    @Test("SECURITY 31: the lint lets be what is no leak")
    func harmless() {
        for line in [
            "// \\(token.reveal())", "let bytes = Array(token.reveal().utf8)", "logger.info(\"revealed nothing\")",
        ] {
            #expect(SecretLint(file: "RequestAssembly.swift", source: line).findings.isEmpty, "\(line)")
        }
    }
}
