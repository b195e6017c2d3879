import ConnectorSDK
import Foundation
import Model
import Secrets
import Testing

@testable import Spool

/// The bytes of an entry: hosts of two versions may have one folder after the other (RELIABILITY.md F30).
@Suite struct EntryFileTests {
    /// What an entry's seal held when an encoder wrote it.
    private struct Encoded: Codable, Equatable {
        var line: String
        var grant: GrantID
        var generationIn: Int64
        var fence: Int64
        var flow: FlowID?
        var step: Bool?
        var operation: String
        var status: Int
        var headers: [ProviderResponse.Header]
        var body: Data
        var receivedAt: Timestamp
        var presented: String?
        var captured: [String: String]?

        init(_ entry: SpoolEntry) {
            line = entry.line.name
            grant = entry.grant
            generationIn = entry.generationIn
            fence = entry.fence
            flow = if case .exchange(let flow) = entry.kind { flow } else { nil }
            step = entry.kind == .step ? true : nil
            operation = entry.operation
            status = entry.status
            headers = entry.headers
            body = entry.body
            receivedAt = entry.receivedAt
            presented = entry.presented?.reveal()
            captured = entry.captured.isEmpty ? nil : entry.captured
        }
    }

    private struct EncodedHeader: Codable, Equatable {
        var attempt: AttemptID
        var organization: OrganizationID
        var line: LineID
        var step: Bool?
        var size: Int?

        init(_ entry: SpoolEntry, size: Int) {
            attempt = entry.attempt
            organization = entry.organization
            line = entry.line
            step = entry.kind == .step ? true : nil
            self.size = size
        }
    }

    /// All that a text may hold: signs of JSON, control characters, what some take for a line's end, marks, planes.
    private static let text =
        String(String.UnicodeScalarView((0...0x7F).compactMap { Unicode.Scalar($0 as UInt32) }))
        + "\r\n \\\" \\u0000 / \u{80}\u{9F}\u{2028}\u{2029}\u{FEFF}\u{FFFD}\u{FFFF}\u{1F511}\u{10FFFF} e\u{301} \u{E9}"

    private static let kinds: [SpoolEntry.Kind] = [.refresh, .exchange(flow: FlowID(text)), .step]

    private static let entries = kinds.map { kind in
        var entry = SpoolEntry.example()
        (entry.kind, entry.grant, entry.operation, entry.status) = (kind, GrantID(text), text, Int.max)
        (entry.generationIn, entry.fence) = (Int64.max, Int64.min)
        entry.line = LineID(connection: ConnectionID(text), name: text)
        entry.headers = [.init(name: text, value: text), .init(name: "", value: "")]
        entry.body = Data((0...255).map { UInt8($0) })
        entry.receivedAt = Timestamp(milliseconds: -1)
        entry.presented = kind == .refresh ? Secret(text) : nil
        if kind == .step { entry.captured = [text: text, "": ""] }
        return entry
    }

    @Test func `every text and number is read as it was written`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            for entry in Self.entries {
                #expect(try EntryFile.read(EntryFile.write(entry, with: sealer), with: sealer) == entry)
            }
        }
    }

    @Test func `the version that had an encoder reads what is written now, and is read`() async throws {
        try await withTestFolder { folder in
            let sealer = try await makeSealer(in: folder)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            for entry in Self.entries {
                let context = EntryHeader(entry).context
                let lines = try EntryFile.write(entry, with: sealer).split(
                    separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
                try #require(lines.count == 3)
                let plain = try sealer.open(Data(lines[2]), for: context)
                #expect(try JSONDecoder().decode(Encoded.self, from: plain) == Encoded(entry))
                let header = try JSONDecoder().decode(EncodedHeader.self, from: Data(lines[1]))
                #expect(header == EncodedHeader(entry, size: lines[2].count))

                let sealed = try sealer.seal(try encoder.encode(Encoded(entry)), for: context)
                let before = try encoder.encode(EncodedHeader(entry, size: sealed.count))
                let file = Data(lines[0]) + Data("\n".utf8) + before + Data("\n".utf8) + sealed
                #expect(try EntryFile.read(file, with: sealer) == entry)
            }
        }
    }
}
