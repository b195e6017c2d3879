package import Synchronization

/// A value behind a `Mutex` whose functions are never inlined.
///
/// `Mutex` reads the thread's number from where the thread keeps it. Inlined into an async function that takes it before and
/// after an `await`, that place is found once (Swift 6.3 on Linux), and is another thread's where the function goes on on
/// another one. Then the mutex bears the wrong number: two threads get in at once, or the process ends with "Call to unlock
/// Mutex on a thread which hasn't acquired the lock". So no other source of ours has a `Mutex`; CI looks for one.
package struct Locked<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>

    package init(_ value: consuming sending Value) { mutex = Mutex(value) }

    /// Runs a body that has the value to itself. It must not wait.
    @inlinable @inline(never)
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }
}
