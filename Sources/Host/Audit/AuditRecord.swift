package import Model

/// Who did what to which connection, and how it ended. It holds no secret: a token stands as a keyed hash (SECURITY 55).
package struct AuditRecord: Sendable, Hashable {
    package var time: Timestamp
    /// Nil for what concerns the host itself.
    package var organization: OrganizationID?
    package var caller: String
    /// Such as `token.read`, `connection.revoke`.
    package var action: String
    package var connector: String?
    package var connection: ConnectionID?
    package var generation: Int64?
    /// `InstallationSecret.auditIdentifier` of the token, never the token.
    package var token: String?
    /// The request's id.
    package var request: String
    package var outcome: String

    package init(
        time: Timestamp, organization: OrganizationID?, caller: String, action: String, connector: String? = nil,
        connection: ConnectionID? = nil, generation: Int64? = nil, token: String? = nil, request: String,
        outcome: String
    ) {
        self.time = time
        self.organization = organization
        self.caller = caller
        self.action = action
        self.connector = connector
        self.connection = connection
        self.generation = generation
        self.token = token
        self.request = request
        self.outcome = outcome
    }

    /// The canonical form that is hashed: one line of JSON, members in a fixed order, absent ones left out.
    package var canonicalJSON: [UInt8] {
        var writer = RecordWriter()
        writer.member("time", time.milliseconds)
        writer.member("organization", organization?.description)
        writer.member("caller", caller)
        writer.member("action", action)
        writer.member("connector", connector)
        writer.member("connection", connection?.description)
        writer.member("generation", generation)
        writer.member("token", token)
        writer.member("request", request)
        writer.member("outcome", outcome)
        return writer.finish()
    }
}

/// Writes a flat JSON object byte by byte: a record is made for every token read, and an encoder would cost more than
/// all the rest of it.
private struct RecordWriter {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    init() { bytes.reserveCapacity(512) }

    mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        begin(name)
        bytes.append(UInt8(ascii: "\""))
        appendEscaped(text)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func member(_ name: StaticString, _ number: Int64?) {
        guard let number else { return }
        begin(name)
        bytes.append(contentsOf: String(number).utf8)
    }

    consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func begin(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// RFC 8259 §7; most texts need no escape and are copied in one go.
    private mutating func appendEscaped(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            if !utf8.contains(where: Self.needsEscape) { return bytes.append(contentsOf: utf8) }
            for byte in utf8 {
                if Self.needsEscape(byte) { appendEscape(byte) } else { bytes.append(byte) }
            }
        }
    }

    private mutating func appendEscape(_ byte: UInt8) {
        if byte >= 0x20 && byte != 0x7f { return bytes.append(contentsOf: [UInt8(ascii: "\\"), byte]) }
        bytes.append(contentsOf: "\\u00".utf8)
        appendHexadecimal(byte, to: &bytes)
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7f
    }
}
