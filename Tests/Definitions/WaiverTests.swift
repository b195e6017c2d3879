import Definitions
import Foundation
import Testing

/// `# lint-allow: RULE reason` in a definition.
@Suite struct WaiverTests {
    private func noPKCE(_ comment: String = "", above: String = "") -> String {
        """
        format: 1
        id: test
        title: Test
        authorization:
          endpoint: https://accounts.example.com/authorize
        \(above)
          pkce: off\(comment)
        token: {endpoint: https://accounts.example.com/token}
        """
    }

    @Test(
        "a warning that its line, or the comment right above, allows is a note that quotes the reason",
        arguments: [
            ("  # lint-allow: pkce-off the provider refuses a challenge", ""),
            ("", "  # lint-allow: pkce-off the provider refuses a challenge  "),
            ("", "  # lint-allow: pkce-off the provider refuses a challenge\n  # and says so nowhere\n"),
            ("", "  #lint-allow:   pkce-off   the provider refuses a challenge\r"),
        ])
    func allowed(comment: String, above: String) throws {
        let found = try load("test", noPKCE(comment, above: above)).diagnostics
        let finding = try #require(found.first)
        #expect(found.count == 1)
        #expect((finding.rule, finding.severity) == ("pkce-off", .note))
        #expect(finding.message.hasSuffix("; allowed: the provider refuses a challenge"))
    }

    @Test("a `#` inside a quoted text is no comment, one behind it or behind an apostrophe is")
    func quoted() throws {
        let text = noPKCE().replacing(
            "title: Test", with: "title: \"Te\\\"st # lint-allow: pkce-off no\" # lint-allow: pkce-off too far")
        let found = try load("test", text).diagnostics
        #expect(found.map(\.rule) == ["unused-waiver", "pkce-off"])
        #expect(found.map(\.column) == [43, 9])
        let behind = noPKCE("  # it's so # lint-allow: pkce-off the provider's wish")
        #expect(try load("test", behind).diagnostics.map(\.severity) == [.note])
    }

    @Test("two comments above one line allow two rules")
    func stacked() throws {
        let text = """
            format: 1
            id: test
            title: Test
            token:
              endpoint: https://accounts.example.com/token
              # lint-allow: password-grant nothing else there
              # lint-allow: grant-type-inherited the provider wants the password again
              grant_type: password
            """
        let found = try load("test", text).diagnostics
        #expect(found.map(\.severity) == [.note, .note])
        #expect(found.map(\.rule) == ["grant-type-inherited", "password-grant"])
    }

    @Test(
        "a waiver of another rule, of another line or for nothing is a warning, and what it meant stays one",
        arguments: [
            ("  # lint-allow: pkce-of typing error", "", ["pkce-off", "unused-waiver"]),
            ("\n# lint-allow: pkce-off too late", "", ["pkce-off", "unused-waiver"]),
            ("", "# lint-allow: pkce-off too early\n  rename: {}", ["pkce-off", "unused-waiver"]),
            (" # lint-allow: pkce-off", "", ["pkce-off", "waiver-reason"]),
            (" # lint-allow:", "", ["pkce-off", "waiver-reason"]),
            ("# lint-allow: pkce-off no blank in front, so no comment", "", ["yaml-syntax"]),
        ])
    func unused(comment: String, above: String, expected: [String]) throws {
        let found = try load("test", noPKCE(comment, above: above)).diagnostics.filter { $0.severity != .note }
        #expect(found.map(\.rule).sorted() == expected)
    }

    @Test("a misspelt rule is named in the hint")
    func misspelt() throws {
        let found = try load("test", noPKCE("  # lint-allow: pkce-of it is so")).diagnostics
        #expect(found.first { $0.rule == "unused-waiver" }?.hint == "did you mean `pkce-off`?")
    }

    @Test("no error is waived, and none that is left can hide behind a waiver's own warning")
    func errors() throws {
        let text = minimal("test", more: "hosts: [other.example.com] # lint-allow: outside-hosts it is fine")
        let result = try load("test", text)
        #expect(result.definitions.isEmpty)
        #expect(result.diagnostics.map(\.rule).allSatisfy { $0 == "outside-hosts" })
    }

    @Test("strict lint passes a definition whose every warning is allowed, and no other")
    func strict() throws {
        let lint = Lint(connectors: ["oauth2"])
        let allowed = try TemporaryFolder(["test.yaml": noPKCE(" # lint-allow: pkce-off the provider refuses it")])
        let plain = try TemporaryFolder(["test.yaml": noPKCE()])
        #expect(lint.run(paths: [allowed.path], strict: true, format: .text).exitCode == 0)
        #expect(lint.run(paths: [plain.path], strict: true, format: .text).exitCode == 1)
        #expect(lint.run(paths: ["\(allowed.path)/test.yaml"], strict: true, format: .text).exitCode == 0)
    }

    @Test("a parent's waiver holds for its line in its children, and is used when a child alone needs it")
    func inherited() throws {
        let child = "format: 1\nid: child\ntitle: Child\nextends: test\n"
        let folder = try TemporaryFolder([
            "test.yaml": noPKCE(" # lint-allow: pkce-off the provider refuses it"), "child.yaml": child,
        ])
        let result = loader.load(folder: folder.path)
        #expect(result.definitions.count == 2)
        #expect(result.diagnostics.allSatisfy { $0.rule == "pkce-off" && $0.severity == .note })
    }
}
