import Definitions
import Foundation

/// What a target makes of one input. It ends the process where an invariant does not hold: that, a trap, a read out of
/// bounds and an input that takes more than a second are what libFuzzer reports, with the input.
protocol Target: Sendable {
    /// Seeds from the catalog, from wrong definitions and from documented answers; each is a file of the corpus.
    static func seeds(_ repository: URL) throws -> [[UInt8]]
    static func run(_ bytes: [UInt8])
}

/// The target that `FUZZ_TARGET` names.
private let target: any Target.Type =
    switch ProcessInfo.processInfo.environment["FUZZ_TARGET"] {
    case "definition": DefinitionTarget.self
    case "expansion": ExpansionTarget.self
    case "answer": AnswerTarget.self
    case "token": TokenTarget.self
    case "certificate": CertificateTarget.self
    case "query": QueryTarget.self
    default: fatalError("FUZZ_TARGET must be definition, expansion, answer, token, certificate or query")
    }

/// The project's folder, found from this file.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

/// The shipped definitions in the order of their ids.
let catalog: [LoadedDefinition] = {
    let folder = repository.appending(path: "connectors.d").path(percentEncoded: false)
    let found = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder).definitions
    guard found.count > 100 else { fatalError("the catalog cannot be loaded") }
    return found.sorted { $0.key < $1.key }.map(\.value)
}()

/// With `FUZZ_SEEDS` set writes the target's seeds into that folder, once, and ends.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutablePointer<CInt>?, _ words: UnsafeMutableRawPointer?) -> CInt {
    // Loaded now, so that no input's time counts it.
    _ = catalog
    guard let path = ProcessInfo.processInfo.environment["FUZZ_SEEDS"] else { return 0 }
    do {
        let folder = URL(filePath: path)
        for (index, seed) in try target.seeds(repository).enumerated() {
            try Data(seed).write(to: folder.appending(path: "seed-\(index)"))
        }
    } catch {
        fatalError("seeds cannot be written: \(error)")
    }
    exit(0)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// An invariant. Named so that a report says which one did not hold.
func invariant(_ holds: Bool, _ what: @autoclosure () -> String, line: UInt = #line, file: StaticString = #file) {
    if !holds { fatalError(what(), file: file, line: line) }
}

extension Sequence<UInt8> {
    var text: String { String(decoding: Array(self), as: UTF8.self) }
}
