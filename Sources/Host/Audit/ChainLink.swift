import Crypto
package import Model

/// Where a chain stands: the number and hash of its last link. As a checkpoint it leaves the host (SECURITY 54).
package struct ChainHead: Sendable, Hashable {
    package let sequence: Int64
    package let hash: ChainHash

    package init(sequence: Int64, hash: ChainHash) {
        self.sequence = sequence
        self.hash = hash
    }

    /// The beginning of a chain: no link yet. It binds the chain to its host, and to what it is for.
    /// - Parameter chain: `reads` for the file beside the spool, another name for every other chain of the host.
    package static func genesis(of host: HostID, chain: String = "reads") -> ChainHead {
        ChainHead(
            sequence: 0, hash: ChainHash(SHA256.hash(data: Array("token-manager audit 1\0\(chain)\0\(host)".utf8))))
    }
}

/// A record in its place: `hash` is SHA-256 over the previous hash (32 bytes), the number (8 bytes, big-endian) and the
/// record's canonical JSON. A store uses it for its own chain of writes, inside the transaction of the write.
package struct ChainLink: Sendable, Hashable {
    package let sequence: Int64
    package let previous: ChainHash
    /// One line of JSON.
    package let record: [UInt8]
    package let hash: ChainHash

    /// A link as it was stored, not yet verified.
    package init(sequence: Int64, previous: ChainHash, record: [UInt8], hash: ChainHash) {
        self.sequence = sequence
        self.previous = previous
        self.record = record
        self.hash = hash
    }

    /// The link that follows, of a record's canonical JSON.
    package static func next(after head: ChainHead, json: [UInt8]) -> ChainLink {
        let sequence = head.sequence + 1
        let hash = Self.hash(previous: head.hash, sequence: sequence, record: json)
        return ChainLink(sequence: sequence, previous: head.hash, record: json, hash: hash)
    }

    /// Where the chain stands with this link as its last.
    package var head: ChainHead { ChainHead(sequence: sequence, hash: hash) }

    /// Whether the hash is that of the content.
    package var isConsistent: Bool { hash == Self.hash(previous: previous, sequence: sequence, record: record) }

    private static func hash(previous: ChainHash, sequence: Int64, record: [UInt8]) -> ChainHash {
        var hash = SHA256()
        previous.withBytes { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: sequence.bigEndian) { hash.update(bufferPointer: $0) }
        record.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return ChainHash(hash.finalize())
    }
}

extension ChainLink {
    private static let opening = Array(#"{"seq":"#.utf8)
    private static let beforePrevious = Array(#","prev":""#.utf8)
    private static let beforeRecord = Array(#"","record":"#.utf8)
    private static let beforeHash = Array(#","hash":""#.utf8)
    private static let closing = Array(#""}"#.utf8)

    /// Appends the link as a line of JSON: `{"seq":…,"prev":"…","record":{…},"hash":"…"}`.
    func appendLine(to buffer: inout [UInt8]) {
        buffer.append(contentsOf: Self.opening)
        buffer.append(contentsOf: String(sequence).utf8)
        buffer.append(contentsOf: Self.beforePrevious)
        previous.appendHexadecimal(to: &buffer)
        buffer.append(contentsOf: Self.beforeRecord)
        buffer.append(contentsOf: record)
        buffer.append(contentsOf: Self.beforeHash)
        hash.appendHexadecimal(to: &buffer)
        buffer.append(contentsOf: Self.closing)
        buffer.append(UInt8(ascii: "\n"))
    }

    /// Reads a line without its end. Only the very bytes that `appendLine` writes are one; nil for all else.
    init?(line: some Collection<UInt8>) {
        var rest = line[...]
        func take(_ expected: [UInt8]) -> Bool {
            guard rest.starts(with: expected) else { return false }
            rest = rest.dropFirst(expected.count)
            return true
        }
        guard take(Self.opening) else { return nil }
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(digits.count)
        guard let sequence = Int64(String(decoding: digits, as: UTF8.self)),
            String(sequence).utf8.elementsEqual(digits),
            take(Self.beforePrevious), let previous = ChainHash(rest.prefix(64))
        else { return nil }
        rest = rest.dropFirst(64)
        let tail = Self.beforeHash.count + 64 + Self.closing.count
        guard take(Self.beforeRecord), rest.count > tail else { return nil }
        let record = Array(rest.dropLast(tail))
        rest = rest.suffix(tail)
        guard take(Self.beforeHash), let hash = ChainHash(rest.prefix(64)) else { return nil }
        rest = rest.dropFirst(64)
        guard rest.elementsEqual(Self.closing) else { return nil }
        self.init(sequence: sequence, previous: previous, record: record, hash: hash)
    }
}
