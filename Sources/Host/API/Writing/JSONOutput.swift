import Model
import NIOCore

/// Writes JSON straight into the buffer that is sent: no encoder, no intermediate text. Members come out in the order
/// in which they are written; commas take care of themselves.
struct JSONOutput {
    private(set) var buffer: ByteBuffer
    private var needsComma = false

    init(capacity: Int = 512) { buffer = ByteBufferAllocator().buffer(capacity: capacity) }

    /// `{…}` as a value.
    mutating func object(_ write: (inout JSONOutput) throws -> Void) rethrows {
        open("{")
        try write(&self)
        close("}")
    }

    /// `[…]` as a value.
    mutating func array<Element>(_ elements: some Sequence<Element>, _ write: (inout JSONOutput, Element) -> Void) {
        open("[")
        for element in elements { write(&self, element) }
        close("]")
    }

    /// A member's name, which must be plain ASCII; its value comes next.
    mutating func name(_ name: StaticString) {
        name.withUTF8Buffer { writeQuoted($0) }
        buffer.writeInteger(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A member's name that comes from outside.
    mutating func name(_ name: String) {
        value(name)
        buffer.writeStaticString(":")
        needsComma = false
    }

    mutating func null() { raw("null") }

    mutating func value(_ text: String) {
        var text = text
        let isPlain = text.withUTF8 { bytes in
            guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }) else { return false }
            writeQuoted(bytes)
            return true
        }
        if !isPlain {
            comma()
            buffer.writeStaticString("\"")
            escape(text)
            buffer.writeStaticString("\"")
        }
        needsComma = true
    }

    mutating func value(_ number: Int64) { raw(String(number)) }
    mutating func value(_ flag: Bool) { raw(flag ? "true" : "false") }

    /// A finite number; any other is written as null, since JSON has none.
    mutating func value(_ number: Double) { raw(number.isFinite ? "\(number)" : "null") }

    /// RFC 3339 in UTC with milliseconds (docs/decisions/0006-json-times.md).
    mutating func value(_ time: Timestamp) {
        comma()
        buffer.writeStaticString("\"")
        TimeText.write(time, to: &buffer)
        buffer.writeStaticString("\"")
        needsComma = true
    }

    mutating func value(_ texts: [String]) { array(texts) { $0.value($1) } }

    /// By name, so that the same values give the same bytes.
    mutating func value(_ texts: [String: String]) {
        object { json in
            for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
                json.name(name)
                json.value(text)
            }
        }
    }

    /// A text that is JSON already, such as a connection's metadata.
    mutating func raw(_ json: String) {
        comma()
        buffer.writeString(json)
        needsComma = true
    }

    /// In quotes, after a comma if one is due: in one go, since nearly all of an answer is such texts.
    private mutating func writeQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        let start = needsComma ? 1 : 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: text.count + 3) { bytes in
            bytes[0] = UInt8(ascii: ",")
            bytes[start] = UInt8(ascii: "\"")
            UnsafeMutableRawBufferPointer(rebasing: bytes[(start + 1)...]).copyBytes(from: text)
            bytes[start + 1 + text.count] = UInt8(ascii: "\"")
            return start + text.count + 2
        }
    }

    private mutating func comma() {
        if needsComma { buffer.writeStaticString(",") }
    }

    private mutating func open(_ bracket: StaticString) {
        comma()
        buffer.writeStaticString(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: StaticString) {
        buffer.writeStaticString(bracket)
        needsComma = true
    }

    private mutating func escape(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case 0x22: buffer.writeStaticString("\\\"")
            case 0x5C: buffer.writeStaticString("\\\\")
            case 0x0A: buffer.writeStaticString("\\n")
            case 0..<0x20, 0x7F:
                buffer.writeStaticString("\\u00")
                buffer.writeInteger(Self.digits[Int(byte >> 4)])
                buffer.writeInteger(Self.digits[Int(byte & 15)])
            default: buffer.writeInteger(byte)
            }
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
