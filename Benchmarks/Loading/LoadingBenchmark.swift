import Connectors
import Definitions
import Foundation

/// Loading 1,000 definitions beside the least that reading them takes: their bytes, and libyaml's events. Prints one
/// line, medians: milliseconds of a load, of that least, of a load after one file changed; then the ratio of the first two.
struct LoadingBenchmark {
    let catalog: String
    let folder: String
    private static let count = 1000
    private static let turns = 9

    func run() throws {
        let files = try writeDefinitions()
        let loader = DefinitionLoader(connectors: Set(try Catalog.byID().keys))
        let first = loader.load(folder: folder)
        guard first.definitions.count == Self.count, let changed = files.last else { throw Unusable() }
        var (loads, plain, reloads): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<Self.turns {
            loads.append(milliseconds { _ = loader.load(folder: folder) })
            plain.append(try milliseconds { for file in files { try PlainReading.read(file) } })
        }
        // Younger files are read again at each load.
        Thread.sleep(forTimeInterval: 3)
        let registry = ConnectorRegistry(loader: loader, folder: folder)
        for turn in 0..<Self.turns {
            try change(changed, turn)
            reloads.append(milliseconds { registry.reload() })
        }
        let ratio = median(zip(loads, plain).map { $0 / $1 })
        print([median(loads), median(plain), median(reloads), ratio].map { "\($0)" }.joined(separator: " "))
    }

    /// The catalog over and over, each copy under an id of its own.
    private func writeDefinitions() throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: catalog).filter { $0.hasSuffix(".yaml") }
            .sorted()
        let texts = try names.map { try String(contentsOfFile: "\(catalog)/\($0)", encoding: .utf8) }
        return try (0..<Self.count).map { number in
            let index = number % texts.count
            let file = "\(folder)/\(names[index].dropLast(5))-\(number / texts.count).yaml"
            try copy(texts[index], number / texts.count).write(toFile: file, atomically: false, encoding: .utf8)
            return file
        }
    }

    private func copy(_ text: String, _ number: Int) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("id: ") || line.hasPrefix("extends: ") ? "\(line)-\(number)" : String(line)
        }
        return lines.joined(separator: "\n")
    }

    private func change(_ file: String, _ turn: Int) throws {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try (text + "# turn \(turn)\n").write(toFile: file, atomically: false, encoding: .utf8)
    }

    private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return start.duration(to: .now) / .milliseconds(1)
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// The catalog is not what it was thought to be.
struct Unusable: Error {}
