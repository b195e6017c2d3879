import ConnectorSDK
import Foundation
import Model
import Secrets

/// What the file of an entry says in the clear: as much as opening it needs, and whose it is. The seal binds all of it
/// but the line's name and whether it is a step, which are repeated inside.
struct EntryHeader: Decodable, Sendable, Hashable {
    let attempt: AttemptID
    let organization: OrganizationID
    let line: LineID
    /// Set for a step's answer: it holds its line back from nothing.
    let step: Bool?
    /// Bytes of the seal: what follows it is the rest of the draft that it was written into. Missing in files of earlier
    /// versions, which end with their seal.
    let size: Int?

    init(_ entry: SpoolEntry, size: Int? = nil) {
        attempt = entry.attempt
        organization = entry.organization
        line = entry.line
        step = entry.kind == .step ? true : nil
        self.size = size
    }

    var context: SealContext {
        SealContext(
            organization: organization, connection: line.connection, kind: .spoolEntry, version: attempt.description)
    }
}

extension EntryHeader {
    /// As it is read by `JSONDecoder`. By hand, as all of an entry: an encoder costs more than sealing, while callers wait.
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "attempt": .string(attempt.description), "organization": .string(organization.description),
            "line": .object([
                "connection": .string(line.connection.description), "name": .string(line.name),
            ]),
        ]
        members["step"] = step.map { .bool($0) }
        members["size"] = size.map { .number(String($0)) }
        return .object(members)
    }
}

/// The bytes of an entry's file: a line with the format, a line with the header, the seal.
enum EntryFile {
    private static let format = Data("token-manager spool entry 1\n".utf8)

    static func write(_ entry: SpoolEntry, with sealer: Sealer) throws -> Data {
        var plain = Data(JSONWriter.text(SealedPart.json(entry)).utf8)
        defer { plain.wipe() }
        let sealed = try sealer.seal(plain, for: EntryHeader(entry).context)
        let header = JSONWriter.text(EntryHeader(entry, size: sealed.count).json)
        return format + Data("\(header)\n".utf8) + sealed
    }

    static func read(_ file: Data, with sealer: Sealer) throws -> SpoolEntry {
        let (header, sealed) = try split(file)
        var plain = try sealer.open(sealed, for: header.context)
        defer { plain.wipe() }
        let entry = try JSONDecoder().decode(SealedPart.self, from: plain).entry(header)
        guard EntryHeader(entry, size: header.size) == header else { throw unreadable("its header was changed") }
        return entry
    }

    static func header(of file: Data) throws -> EntryHeader { try split(file).0 }

    /// The files of a folder, with their headers as far as these can be read.
    static func headers(in folder: String) throws -> [String: EntryHeader?] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, try? header(of: Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))))
            })
    }

    private static func split(_ file: Data) throws -> (EntryHeader, Data) {
        guard file.starts(with: format) else { throw unreadable("its format is unknown, or it is cut") }
        let rest = file.dropFirst(format.count)
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")),
            let header = try? JSONDecoder().decode(EntryHeader.self, from: Data(rest[..<end]))
        else { throw unreadable("its header is damaged") }
        let sealed = rest[(end + 1)...]
        guard (0...sealed.count).contains(header.size ?? 0) else { throw unreadable("it is cut") }
        return (header, Data(sealed.prefix(header.size ?? sealed.count)))
    }

    private static func unreadable(_ why: String) -> SpoolError {
        SpoolError(.unreadable, "The entry is unreadable: \(why)")
    }
}

/// What is sealed of an entry. Its secrets are plain here: it lives as long as one call.
private struct SealedPart: Decodable {
    let line: String
    let grant: GrantID
    let generationIn: Int64
    let fence: Int64
    let flow: FlowID?
    /// Missing but for a step.
    let step: Bool?
    let operation: String
    let status: Int
    let headers: [ProviderResponse.Header]
    let body: Data
    let receivedAt: Timestamp
    let presented: String?
    /// Missing in entries of earlier versions.
    let captured: [String: String]?

    /// What is read as one.
    static func json(_ entry: SpoolEntry) -> JSONValue {
        var members: [String: JSONValue] = [
            "line": .string(entry.line.name), "grant": .string(entry.grant.description),
            "generationIn": .number(String(entry.generationIn)), "fence": .number(String(entry.fence)),
            "operation": .string(entry.operation), "status": .number(String(entry.status)),
            "headers": .array(
                entry.headers.map { .object(["name": .string($0.name), "value": .string($0.value)]) }),
            "body": .string(entry.body.base64EncodedString()),
            "receivedAt": .number(String(entry.receivedAt.milliseconds)),
        ]
        switch entry.kind {
        case .refresh: break
        case .exchange(let flow): members["flow"] = .string(flow.description)
        case .step: members["step"] = .bool(true)
        }
        members["presented"] = entry.presented.map { .string($0.reveal()) }
        if !entry.captured.isEmpty { members["captured"] = .object(entry.captured.mapValues { .string($0) }) }
        return .object(members)
    }

    func entry(_ header: EntryHeader) -> SpoolEntry {
        SpoolEntry(
            attempt: header.attempt, line: LineID(connection: header.line.connection, name: line),
            organization: header.organization, grant: grant, generationIn: generationIn, fence: fence,
            kind: step == true ? .step : flow.map { .exchange(flow: $0) } ?? .refresh, operation: operation,
            status: status, headers: headers,
            body: body, receivedAt: receivedAt, presented: presented.map { Secret($0) }, captured: captured ?? [:])
    }
}
