import Model
import Pipeline
import Synchronization
import Testing

/// Expects a failure with that code, and gives it back.
@discardableResult
func expect(
    _ code: PipelineError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> PipelineError? {
    do {
        try body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as PipelineError {
        #expect(error.code == code, sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
    return nil
}

/// A wall clock in the test's hand.
final class ManualTime: Sendable {
    private let stored: Mutex<Int64>

    init(_ seconds: Int64) { stored = Mutex(seconds) }

    var seconds: Int64 {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }

    var now: Timestamp { Timestamp(milliseconds: seconds * 1000) }
}
