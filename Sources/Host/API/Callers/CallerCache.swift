import Crypto
import Locks

/// What verified tokens said, by the SHA-256 of the token: callers send the same token thousands of times. Holds no
/// token. Bounded: when the young half is full it becomes the old half, and what was old is forgotten.
final class CallerCache: Sendable {
    private struct Halves: Sendable {
        var young: [SHA256Digest: CallerClaims] = [:]
        var old: [SHA256Digest: CallerClaims] = [:]
    }

    private let capacity: Int
    private let halves = Locked(Halves())

    /// Holds at most `capacity` tokens.
    init(capacity: Int = 8192) { self.capacity = max(2, capacity) }

    static func key(_ token: some StringProtocol) -> SHA256Digest {
        var hash = SHA256()
        var token = String(token)
        token.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return hash.finalize()
    }

    subscript(key: SHA256Digest) -> CallerClaims? {
        halves.withLock { halves in
            if let claims = halves.young[key] { return claims }
            guard let claims = halves.old[key] else { return nil }
            Self.insert(claims, key, into: &halves, capacity: capacity)
            return claims
        }
    }

    func insert(_ claims: CallerClaims, for key: SHA256Digest) {
        halves.withLock { Self.insert(claims, key, into: &$0, capacity: capacity) }
    }

    /// How many tokens are held, for tests.
    var count: Int { halves.withLock { Set($0.young.keys).union($0.old.keys).count } }

    private static func insert(_ claims: CallerClaims, _ key: SHA256Digest, into halves: inout Halves, capacity: Int) {
        if halves.young.count >= capacity / 2 {
            halves.old = halves.young
            halves.young = [:]
        }
        halves.young[key] = claims
    }
}
