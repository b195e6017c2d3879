import Foundation
import Model

/// What the protocol carries sealed: here the numbers of the two tokens, small enough to cost nothing.
enum Sealed {
    static func pack(refresh: Int?, access: Int) -> Data {
        var data = bytes(refresh ?? -1)
        data.append(bytes(access))
        return data
    }

    static func fingerprint(_ refresh: Int) -> Data { bytes(refresh) }

    static func refresh(_ content: TokenVersion.Content) -> Int? {
        let number = read(content.sealed, at: 0)
        return number < 0 ? nil : number
    }

    static func access(_ content: TokenVersion.Content) -> Int { read(content.sealed, at: 4) }

    private static func bytes(_ number: Int) -> Data {
        let word = UInt32(truncatingIfNeeded: number)
        return Data([UInt8(word & 255), UInt8(word >> 8 & 255), UInt8(word >> 16 & 255), UInt8(word >> 24)])
    }

    private static func read(_ data: Data, at offset: Int) -> Int {
        var word: UInt32 = 0
        for index in 0..<4 { word |= UInt32(data[data.startIndex + offset + index]) << (8 * index) }
        return Int(Int32(bitPattern: word))
    }
}

extension World {
    /// A token set as the host would build it from an answer.
    func content(refresh: Int?, access: Int) -> TokenVersion.Content {
        let life = Int64(profile.lifetime) * 1000
        return TokenVersion.Content(
            sealed: Sealed.pack(refresh: refresh, access: access), fingerprint: refresh.map(Sealed.fingerprint),
            receivedAt: storeNow, expiresAt: storeNow + .milliseconds(life), dueAt: storeNow + .milliseconds(life / 2),
            canPresent: refresh != nil)
    }
}
