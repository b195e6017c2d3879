import Foundation
import Secrets
import Testing

@testable import API

@Suite struct CallerCacheTests {
    private let claims: CallerClaims

    init() throws {
        claims = try CallerClaims(try BearerToken(Tokens.make(Tokens.user)).claims, kind: .user)
    }

    @Test func holdsNoMoreThanItsCapacity() {
        let cache = CallerCache(capacity: 10)
        for number in 0..<1000 { cache.insert(claims, for: CallerCache.key("token-\(number)")) }
        #expect(cache.count <= 10)
        #expect(cache[CallerCache.key("token-999")] != nil)
        #expect(cache[CallerCache.key("token-0")] == nil)
    }

    @Test func whatIsUsedStays() {
        let cache = CallerCache(capacity: 10)
        let used = CallerCache.key("used")
        cache.insert(claims, for: used)
        for number in 0..<100 {
            cache.insert(claims, for: CallerCache.key("token-\(number)"))
            #expect(cache[used] != nil)
        }
    }

    @Test func differentTokensHaveDifferentKeys() {
        #expect(CallerCache.key("a") != CallerCache.key("b"))
        #expect(CallerCache.key("a") == CallerCache.key("xa".dropFirst()))
    }

    @Test func base64URLIsStrict() {
        for (text, bytes) in [("", []), ("AA", [0]), ("AAA", [0, 0]), ("_-8A", [255, 239, 0])] as [(String, [UInt8])] {
            #expect(base64URLDecoded(text.utf8) == bytes)
        }
        for wrong in ["A", "AAAAA", "AB", "AAB", "AA==", "A+/A", "AA AA", "AAé"] {
            #expect(base64URLDecoded(wrong.utf8) == nil)
        }
        for length in 0..<64 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max) }
            #expect(base64URLDecoded(Tokens.base64URL(Data(bytes)).utf8) == bytes)
        }
    }
}
