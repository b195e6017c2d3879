/// What a load leaves for the next one: what stood in each file, and what came of it. A file whose stamp is the same is
/// not read again, and one is checked again only when its bytes, those of a parent, or the names in the folder changed.
package struct LoadMemory: Sendable {
    /// The names of the folder's files, without `.yaml`.
    var siblings: Set<String> = []
    /// By the file's name without `.yaml`.
    var files: [String: ReadFile] = [:]
    var outcomes: [String: LoadSession.Outcome] = [:]

    package init() {}

    /// There was no load before.
    var isEmpty: Bool { files.isEmpty }

    /// Adds what another part of the same load leaves. Of a file that changed between their looks, either: what came of it and
    /// what stood in it are compared at the next load.
    mutating func join(_ other: LoadMemory) {
        files.merge(other.files) { mine, _ in mine }
        outcomes.merge(other.outcomes) { mine, _ in mine }
    }
}

/// One file as it was read.
struct ReadFile: Sendable {
    /// Nil: a later change might not show, so that the file is read again next time.
    let stamp: FileStamp?
    /// Of its bytes.
    let digest: String
    /// Its tree, or what is wrong with its text.
    let root: Result<YAMLNode, Diagnostic>
    let waivers: WaiverReader

    init(_ contents: FileContents, path: String, digest: ([UInt8]) -> String) {
        stamp = contents.isSettled ? contents.stamp : nil
        self.digest = digest(contents.bytes)
        waivers = WaiverReader(contents.bytes, file: path)
        root = Result { () throws(Diagnostic) in
            guard let root = try YAMLReader.read(contents.bytes, file: path) else {
                throw Diagnostic(
                    "empty-file", "no definition in this file", hint: "start with `format: 1`",
                    at: SourcePosition(file: path, line: 1, column: 1))
            }
            return root
        }
    }
}
