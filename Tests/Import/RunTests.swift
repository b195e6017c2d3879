import DefinitionImport
import DefinitionSamples
import Foundation
import Testing

/// The command's work: files, report, exit codes.
@Suite("connector import") struct RunTests {
    @Test("writes one file per entry and says what came of the others") func whole() throws {
        let folder = try TemporaryFolder()
        let result = ImportRun(file: ProviderSet.ownEntries, folder: folder.path).run()
        #expect(result.exitCode == 0, "\(result.output)")
        #expect(folder.files.count == 17)
        #expect(result.output.hasSuffix("17 written, 2 need a module, 1 not OAuth 2.0, 0 refused\n"))
        #expect(result.output.contains("slate-video: needs a module: "))
        #expect(result.output.contains("pine-forms: note: "))
    }

    @Test("only what was asked for") func only() throws {
        let folder = try TemporaryFolder()
        let result = ImportRun(file: ProviderSet.ownEntries, folder: folder.path, only: ["birch-notes"]).run()
        #expect(result.exitCode == 0)
        #expect(folder.files == ["birch-notes.yaml"])
    }

    @Test("a file that is there is kept, and the remedy named; the same text again is no conflict") func kept() throws {
        let folder = try TemporaryFolder()
        var run = ImportRun(file: ProviderSet.ownEntries, folder: folder.path, only: ["acorn-mail"])
        #expect(run.run().exitCode == 0)
        #expect(run.run().exitCode == 0)
        try Data("mine".utf8).write(to: URL(filePath: "\(folder.path)/acorn-mail.yaml"))
        let refused = run.run()
        #expect(refused.exitCode == 1)
        #expect(refused.output.contains("\(folder.path)/acorn-mail.yaml is there already"))
        #expect(refused.output.contains("--force"))
        #expect(try folder.text("acorn-mail.yaml") == "mine")
        run.replaces = true
        #expect(run.run().exitCode == 0)
        #expect(try folder.text("acorn-mail.yaml").contains("id: acorn-mail"))
    }

    @Test("1 for a broken entry, and the good ones are written") func broken() throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/entries.txt"
        let text = "bad:\n  auth_mode: OAUTH2\ngood:\n  auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/t\n"
        try Data((text + "plain:\n  auth_mode: OAUTH2_CC\n  token_url: http://a.example.com/t\n").utf8)
            .write(to: URL(filePath: file))
        let result = ImportRun(file: file, folder: "\(folder.path)/out/deep").run()
        #expect(result.exitCode == 1)
        #expect(result.output.contains("bad: refused: no token URL"))
        #expect(result.output.contains("plain: refused: no definition comes of it: plain http [https-only]"))
        #expect(FileManager.default.fileExists(atPath: "\(folder.path)/out/deep/good.yaml"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/out/deep") == ["good.yaml"])
    }

    @Test("a secret that would stand in a URL needs a module") func secretInURL() throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/entries.txt"
        let text = """
            login:
              auth_mode: OAUTH2
              authorization_url: https://a.example.com/
              authorization_params: {password: '${connectionConfig.password}'}
              token_url: https://a.example.com/t
              connection_config: {password: {type: string, secret: true}}
            """
        try Data(text.utf8).write(to: URL(filePath: file))
        let result = ImportRun(file: file, folder: folder.path).run()
        #expect(result.exitCode == 0)
        #expect(result.output.contains("login: needs a module: a secret input stands in a URL"))
    }

    @Test("2 for what is not there") func wrongUsage() throws {
        let folder = try TemporaryFolder()
        #expect(ImportRun(file: "\(folder.path)/none.yaml", folder: folder.path).run().exitCode == 2)
        let result = ImportRun(file: ProviderSet.ownEntries, folder: folder.path, only: ["acorn-mial"]).run()
        #expect(result.exitCode == 2)
        #expect(result.output.contains("did you mean `acorn-mail`?"))
        #expect(folder.files.isEmpty)
    }

    @Test("the text is the same in every run, and in the format's order") func text() throws {
        let all = try ownVerdicts()
        let first = try #require(try all["birch-notes"]?.get())
        #expect(first.text == expectedNotes)
        let again = try ownVerdicts()
        #expect(again == all)
    }

    private var expectedNotes: String {
        """
        # Imported from an entry in the layout of Nango's providers.yaml, and not compared with the provider's own pages:
        # read those before you rely on it. How refresh tokens rotate is not in that layout, so the most careful class
        # (single_use_family) holds where nothing else is said.
        format: 1
        id: birch-notes
        title: Acorn Mail
        documentation: https://acorn.example.com/developers
        categories: [mail]

        inputs:
          notebook:
            title: Notebook
            example: '42'
            pattern: '^[0-9]+$'

        client:
          authentication: client_secret_basic
          repeat_in_body: []

        scopes:
          default: [notes.read]

        authorization:
          endpoint: https://id.acorn.example.com/authorize
          parameters:
            access_type: offline

        token:
          endpoint: https://id.acorn.example.com/token

        """
    }
}
