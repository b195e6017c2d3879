/// Why a command ended, with its exit code (DESIGN.md §5).
struct StartFailure: Error, CustomStringConvertible {
    enum Code: Int32 {
        case checkFailed = 1
        case wrongUsage = 2
        case dependencyUnreachable = 3
    }

    let description: String
    let code: Code

    init(_ description: String, code: Code) {
        self.description = description
        self.code = code
    }
}
