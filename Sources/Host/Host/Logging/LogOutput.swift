import Foundation
import Synchronization

/// A file descriptor that takes whole lines. Standard output is buffered by the C library when it is a file; a process
/// that is killed would take its last lines along.
final class LogOutput: Sendable {
    static let standard = LogOutput(descriptor: STDOUT_FILENO)
    static let standardError = LogOutput(descriptor: STDERR_FILENO)

    private let descriptor: Int32
    /// One line at a time: a long one may need several writes.
    private let writing = Mutex(())

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Writes all of it before it returns. What cannot be written is lost: there is nowhere to say so.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    /// The same for UTF-8.
    func write(_ bytes: UnsafeRawBufferPointer) {
        writing.withLock { _ in
            var done = 0
            while done < bytes.count {
                let written = Foundation.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                done += written
            }
        }
    }
}
