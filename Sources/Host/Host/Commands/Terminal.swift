import Foundation
import Glibc

/// Questions to a person.
enum Terminal {
    /// Whether one can be asked: standard input is a terminal.
    static var isThere: Bool { isatty(STDIN_FILENO) == 1 }

    /// Asks on standard error, so that standard output stays the command's result. Nil where the input ended.
    static func ask(_ prompt: String) -> String? {
        FileHandle.standardError.write(Data(prompt.utf8))
        return readLine()
    }
}
