import ConnectorSDK
import Definitions
import Foundation
import Testing

/// A reload reads what changed, and nothing else.
@Suite struct ReloadCountTests {
    private let folder: TemporaryFolder
    private let files = CountingFiles()
    private let registry: ConnectorRegistry

    init() throws {
        folder = try TemporaryFolder([
            "base.yaml": minimal("base"), "child.yaml": Self.child("child", of: "base"),
            "grandchild.yaml": Self.child("grandchild", of: "child"), "other.yaml": minimal("other"),
            "bad.yaml": "format: one\n", "broken.yaml": Self.child("broken", of: "bad"),
        ])
        registry = ConnectorRegistry(
            loader: DefinitionLoader(connectors: ["oauth2"], files: files), folder: folder.path)
        #expect(files.takeReads() == ["bad", "base", "broken", "child", "grandchild", "other"].map { "\($0).yaml" })
    }

    private static func child(_ id: String, of parent: String) -> String {
        "format: 1\nid: \(id)\ntitle: T\nextends: \(parent)\n"
    }

    private func text(_ rotation: String) -> String { minimal("base", more: "refresh: {rotation: \(rotation)}") }

    @Test("nothing changed: nothing is read, and everything is said again")
    func nothing() {
        let before = registry.snapshot
        let report = registry.reload()
        #expect(files.takeReads().isEmpty)
        #expect(report.changed.isEmpty && report.added.isEmpty && report.removed.isEmpty)
        #expect(report.diagnostics == before.diagnostics && !report.diagnostics.isEmpty)
        #expect(registry.snapshot.definitions == before.definitions)
    }

    @Test("one changed file is read alone")
    func one() throws {
        try folder.write(minimal("other", more: "refresh: {rotation: static}"), to: "other.yaml")
        let report = registry.reload()
        #expect(files.takeReads() == ["other.yaml"])
        #expect(report.changed == ["other"])
        #expect(registry["other"]?.definition.refresh.rotation == .static)
    }

    @Test("a changed base is read alone; all that extend it, at any remove, are checked again")
    func base() throws {
        try folder.write(text("static"), to: "base.yaml")
        #expect(registry.reload().changed == ["base", "child", "grandchild"])
        #expect(files.takeReads() == ["base.yaml"])
        #expect(registry["grandchild"]?.definition.refresh.rotation == .static)
        try folder.write(text("nonsense"), to: "base.yaml")
        #expect(registry.reload().kept == ["base", "child", "grandchild"])
        #expect(files.takeReads() == ["base.yaml"])
        #expect(registry["grandchild"]?.definition.refresh.rotation == .static, "the last good version")
        try folder.write(text("single_use"), to: "base.yaml")
        #expect(registry.reload().changed == ["base", "child", "grandchild"])
        #expect(registry["grandchild"]?.definition.refresh.rotation == .singleUse)
    }

    @Test("a corrected parent brings back what it broke, without its being read again")
    func corrected() throws {
        try folder.write(minimal("bad"), to: "bad.yaml")
        let report = registry.reload()
        #expect(files.takeReads() == ["bad.yaml"])
        #expect(report.added == ["bad", "broken"] && report.diagnostics.isEmpty)
    }

    @Test("a parent that goes takes its children's new versions along, and one that comes brings them")
    func comesAndGoes() throws {
        try folder.remove("base.yaml")
        let gone = registry.reload()
        #expect(files.takeReads().isEmpty)
        #expect(gone.removed == ["base"] && gone.kept == ["child", "grandchild"])
        #expect(gone.diagnostics.contains { $0.rule == "extends-unknown" })
        try folder.write(text("static"), to: "base.yaml")
        let back = registry.reload()
        #expect(files.takeReads() == ["base.yaml"])
        #expect(back.added == ["base"] && back.changed == ["child", "grandchild"])
    }

    @Test("what is said about a file that did not change follows the names beside it")
    func siblings() throws {
        try folder.write(minimal("copy"), to: "copied.yaml")
        #expect(registry.reload().diagnostics.contains { $0.rule == "id-file-name" })
        try folder.write(minimal("copy"), to: "copy.yaml")
        #expect(registry.reload().diagnostics.contains { $0.rule == "duplicate-id" })
        #expect(files.takeReads() == ["copied.yaml", "copy.yaml"])
    }

    @Test("a waiver in a base that only a child needs is of use as long as the child needs it")
    func waivers() throws {
        let overlap = """
            refresh:
              rotation: overlap
              # lint-allow: short-window the provider's page says so
              overlap: 60s
              hard_deadline: 10s
            """
        try folder.write(minimal("base", more: overlap), to: "base.yaml")
        try folder.write(Self.child("child", of: "base") + "refresh: {hard_deadline: null}\n", to: "child.yaml")
        #expect(warnings(registry.reload()) == [])
        try folder.write(minimal("other", more: "categories: [x]"), to: "other.yaml")
        #expect(warnings(registry.reload()) == [], "neither file was checked again, and the waiver still counts")
        try folder.write(Self.child("child", of: "base"), to: "child.yaml")
        try folder.write(Self.child("grandchild", of: "base"), to: "grandchild.yaml")
        #expect(warnings(registry.reload()) == ["unused-waiver"])
    }

    private func warnings(_ report: ReloadReport) -> [String] {
        report.diagnostics.filter { $0.severity == .warning }.map(\.rule)
    }

    @Test("on a real disk a file that was just written is read again: two writes within one tick look alike")
    func unsettled() throws {
        let registry = ConnectorRegistry(loader: loader, folder: folder.path)
        for number in 0..<20 {
            let digit = String(number % 10)
            try folder.write(minimal("other").replacing("title: Test", with: "title: Tes\(digit)"), to: "other.yaml")
            registry.reload()
            #expect(registry["other"]?.definition.title == "Tes\(digit)")
        }
    }

    @Test("a large folder, which several cores read, is read as a small one is: parents, broken ones and circles too")
    func large() throws {
        let ids = (1000..<1300).map { "child-\($0)" }
        var contents = Dictionary(uniqueKeysWithValues: ids.map { ("\($0).yaml", Self.child($0, of: "parent")) })
        contents["parent.yaml"] = minimal("parent", more: "refresh: {rotation: static}")
        let folder = try TemporaryFolder(contents)
        let files = CountingFiles()
        let registry = ConnectorRegistry(
            loader: DefinitionLoader(connectors: ["oauth2"], files: files), folder: folder.path)
        #expect(Set(files.takeReads()) == Set(contents.keys))
        #expect(registry.snapshot.diagnostics.isEmpty)
        #expect(registry.snapshot.definitions.count == 301)
        #expect(ids.allSatisfy { registry[$0]?.definition.refresh.rotation == .static })
        _ = registry.reload()
        #expect(files.takeReads().isEmpty)
        try folder.write("format: one\n", to: "parent.yaml")
        #expect(registry.reload().diagnostics.map(\.rule).count { $0 == "extends-broken" } == 300)
        try folder.write(Self.child("parent", of: "child-1000"), to: "parent.yaml")
        let rules = registry.reload().diagnostics.map(\.rule)
        #expect(rules.count { $0 == "extends-cycle" } == 1 && rules.count == 301)
        #expect(Set(files.takeReads()) == ["parent.yaml"])
    }
}
