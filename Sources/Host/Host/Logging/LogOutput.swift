import Dispatch
import Foundation
import Locks

/// A file descriptor that takes whole lines, and for whose reader nobody who logs ever waits: a reader that stalls would
/// else stop the host. A line that it does not take at once waits for a thread of its own; what no longer fits is counted.
/// Standard output is buffered by the C library when it is a file; a process that is killed would take its last lines along.
final class LogOutput: Sendable {
    static let standard = LogOutput(descriptor: STDOUT_FILENO, loss: HostLogging.loss)
    static let standardError = LogOutput(descriptor: STDERR_FILENO, loss: CommandLog.loss)

    private struct State {
        var pending: PendingLines
        /// Whether the thread is there. As long as it is, all lines go through it: so they stay in order.
        var isDraining = false
        /// Who waits until it has ended.
        var waiting = 0
    }

    /// `PIPE_BUF`: a pipe that can be written to takes that much at once, and in one piece.
    private static let whole = 4096

    private let descriptor: Int32
    /// Never waits for a reader. Only files can be sought in.
    private let isFile: Bool
    /// Can be written to for a part of a line also.
    private let isTerminal: Bool
    private let state: Locked<State>
    private let drained = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - most: how many bytes may wait.
    ///   - loss: the line that tells how many were lost, with its line end.
    init(descriptor: Int32, most: Int = 1 << 20, loss: @escaping @Sendable (Int) -> String) {
        self.descriptor = descriptor
        isFile = lseek(descriptor, 0, SEEK_CUR) >= 0
        isTerminal = isatty(descriptor) == 1
        state = Locked(State(pending: PendingLines(most: most, loss: loss)))
    }

    /// Takes a line, and waits for nobody.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    /// The same for UTF-8.
    func write(_ bytes: UnsafeRawBufferPointer) { take(bytes, isBounded: true) }

    /// All of it, however long it takes: what a command was asked for is not lost because its reader is slow.
    func print(_ text: String) {
        var text = text
        text.withUTF8 { take(UnsafeRawBufferPointer($0), isBounded: false) }
        finish(until: .distantFuture)
    }

    /// Waits until nothing is pending, or no longer.
    func finish(until end: DispatchTime) {
        while true {
            let isOver = state.withLock { state in
                if state.isDraining { state.waiting += 1 }
                return !state.isDraining
            }
            if isOver || drained.wait(timeout: end) == .timedOut { return }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, isBounded: Bool) {
        let starts = state.withLock { state in
            guard !state.isDraining else {
                state.pending.append(bytes, isBounded: isBounded)
                return false
            }
            if !writesNow(bytes, &state.pending) { state.pending.append(bytes, isBounded: isBounded) }
            state.isDraining = !state.pending.isEmpty
            return state.isDraining
        }
        if starts { Thread(block: drain).start() }
    }

    /// Whether the line was written, or failed, without waiting. The rest of one that was begun is pending then.
    private func writesNow(_ bytes: UnsafeRawBufferPointer, _ pending: inout PendingLines) -> Bool {
        guard let loss = pending.lossLine() else { return writesNow(bytes, worth: 1, &pending) }
        return (loss.bytes + bytes).withUnsafeBytes { writesNow($0, worth: loss.worth + 1, &pending) }
    }

    private func writesNow(_ bytes: UnsafeRawBufferPointer, worth: Int, _ pending: inout PendingLines) -> Bool {
        guard isFile || takesNow(bytes.count) else { return false }
        var written = -1
        repeat {
            written = Foundation.write(descriptor, bytes.baseAddress, bytes.count)
        } while written < 0
            && errno == EINTR
        // Somebody else's O_NONBLOCK: it is the file's, not the descriptor's.
        if written < 0, errno == EAGAIN { return false }
        guard written >= 0 else {
            pending.lost = worth
            return true
        }
        pending.lossIsTold()
        if written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            pending.push(PendingLines.Line(bytes: Array(rest), worth: worth, isBegun: true))
        }
        return true
    }

    private func takesNow(_ count: Int) -> Bool { !isTerminal && count <= Self.whole && isReady(within: 0) }

    /// Whether a write would not wait, if only to fail.
    private func isReady(within milliseconds: Int32) -> Bool {
        var file = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&file, 1, milliseconds) == 1
    }

    /// The thread: writes what is pending until there is nothing, and waits for the reader as long as that takes.
    private func drain() {
        var hasFailed = false
        while let line = next(afterFailure: hasFailed) {
            let written = writeAll(line.bytes)
            hasFailed = written < line.bytes.count
            if hasFailed { state.withLock { $0.pending.lose(line, at: written) } }
        }
    }

    private func next(afterFailure: Bool) -> PendingLines.Line? {
        state.withLock { state in
            if let line = state.pending.next(afterFailure: afterFailure) { return line }
            state.isDraining = false
            for _ in 0..<state.waiting { drained.signal() }
            state.waiting = 0
            return nil
        }
    }

    /// How much of it could be written.
    private func writeAll(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let written = Foundation.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if written > 0 {
                    done += written
                } else if written < 0, errno == EAGAIN {
                    _ = isReady(within: -1)
                } else if written == 0 || errno != EINTR {
                    break
                }
            }
            return done
        }
    }
}
