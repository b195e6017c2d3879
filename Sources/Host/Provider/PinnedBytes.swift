import CCurl
import Foundation

/// A copy of secret bytes at a fixed address for libcurl, overwritten when it is let go (SECURITY 30).
///
/// libcurl's own send buffer holds a further copy for the length of the call.
final class PinnedBytes {
    let buffer: UnsafeMutableRawBufferPointer

    init(_ data: Data) {
        buffer = .allocate(byteCount: data.count, alignment: 1)
        data.copyBytes(to: buffer)
    }

    deinit {
        if let start = buffer.baseAddress { tm_wipe(start, buffer.count) }
        buffer.deallocate()
    }
}

/// Header lines as libcurl wants them, overwritten when they are let go.
final class HeaderLines {
    private(set) var list: UnsafeMutablePointer<curl_slist>?

    /// False if memory ran out.
    func append(_ line: String) -> Bool {
        guard let longer = curl_slist_append(list, line) else { return false }
        list = longer
        return true
    }

    deinit { tm_curl_wipe_list(list) }
}
