import Foundation

// `Benchmarks bare PORT FILE`, `Benchmarks commits FOLDER` and `Benchmarks loading CATALOG FOLDER`: the parts of `make bench` that must be Swift. The rest,
// and the order of everything, is in `driver/bench.py`.

let words = Array(CommandLine.arguments.dropFirst())
switch (words.first, words.count) {
case ("bare", 3):
    guard let port = Int(words[1]), let body = FileManager.default.contents(atPath: words[2]) else { usage() }
    try await BareHandler(port: port, body: body).run()
case ("commits", 2):
    try await CommitBenchmark(folder: words[1]).run()
case ("loading", 3):
    try LoadingBenchmark(catalog: words[1], folder: words[2]).run()
default:
    usage()
}

func usage() -> Never {
    FileHandle.standardError.write(
        Data("usage: Benchmarks bare PORT FILE | commits FOLDER | loading CATALOG FOLDER\n".utf8))
    exit(2)
}
