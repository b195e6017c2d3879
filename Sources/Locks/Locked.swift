#if canImport(Glibc)
    public import Glibc
#else
    public import Darwin
#endif

/// A value behind a mutex of the C library.
///
/// Not behind the `Mutex` of Swift 6.3 on Linux, which reads the thread's number from where the thread keeps it: inlined into
/// an async function that takes it before and after an `await`, that place is found once, and is another thread's where the
/// function goes on on another one (decision 52). Here no Swift code asks which thread it is, so that all of it may be inlined.
/// No other source of ours has a mutex; CI looks for one. Public, since only of what is public does the compiler give other
/// modules the bodies: a lock that is not specialized goes through tables for each time it is taken.
///
/// `@unchecked Sendable`: the value is touched by who holds the mutex alone, and went in without anybody who keeps a part of it.
public struct Locked<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // Each in a place of its own that never moves.
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let value: UnsafeMutablePointer<Value>

    @inlinable
    public init(_ value: consuming sending Value) {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        // Who comes a second time ends the process, instead of waiting for himself.
        pthread_mutexattr_settype(&attributes, CInt(PTHREAD_MUTEX_ERRORCHECK))
        let result = pthread_mutex_init(mutex, &attributes)
        pthread_mutexattr_destroy(&attributes)
        precondition(result == 0, "pthread_mutex_init: \(result)")
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    @inlinable
    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs a body that has the value to itself. It must not wait, nor come here again.
    @inlinable
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        let result = pthread_mutex_lock(mutex)
        precondition(result == 0, "pthread_mutex_lock: \(result)")
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}
