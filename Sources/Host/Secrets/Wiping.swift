package import Foundation
import Glibc

extension Data {
    /// Overwrites the bytes with zeros, by a call that no optimizer removes, and empties the value. A copy made earlier
    /// keeps its bytes: use it on a value that nobody else holds.
    package mutating func wipe() {
        withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
        }
        removeAll()
    }
}

extension [UInt8] {
    /// The same for an array.
    package mutating func wipe() {
        withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
        }
        removeAll()
    }
}

/// Runs the body with a buffer of zeros that is zeroed again when it ends, whatever happens.
func withWipedBuffer<Result>(
    of count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
) rethrows -> Result {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
    defer {
        if let base = buffer.baseAddress { explicit_bzero(base, count) }
        buffer.deallocate()
    }
    return try body(buffer)
}
