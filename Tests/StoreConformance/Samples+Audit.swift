import Crypto
import Foundation
package import Model

extension UnlinkedRecord {
    /// Linked by the formula as it is documented, not by the host's code.
    package static func sample(_ record: String, of host: HostID) -> UnlinkedRecord {
        let genesis = SHA256.hash(data: Data("genesis of \(host)".utf8)).hexadecimal
        return UnlinkedRecord(host: host, record: record, genesis: genesis) { head in
            let (sequence, before) = ((head?.sequence ?? 0) + 1, head?.hash ?? genesis)
            let number = withUnsafeBytes(of: sequence.bigEndian) { Data($0) }
            let hash = SHA256.hash(data: Data(hexadecimal: before) + number + Data(record.utf8)).hexadecimal
            return AuditEntry(host: host, sequence: sequence, previousHash: before, hash: hash, record: record)
        }
    }
}

extension SHA256.Digest {
    fileprivate var hexadecimal: Data { Data(map { String(format: "%02x", $0) }.joined().utf8) }
}

extension Data {
    fileprivate init(hexadecimal digits: Data) {
        let digits = Array(digits)
        self.init(
            stride(from: 0, to: digits.count, by: 2).map {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
            })
    }
}
