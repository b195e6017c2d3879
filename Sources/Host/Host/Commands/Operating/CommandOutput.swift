import ArgumentParser
import ConnectorSDK
import Foundation
import Glibc
import Locks

/// How a command prints what it found.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// `--format`, for every command that prints what it found in either way.
struct FormatOption: ParsableArguments {
    @Option(help: "text or json.")
    var format = OutputFormat.text
}

/// Prints items as they come: a table for people (aligned on a terminal, with tabs elsewhere), or one JSON array.
final class ItemPrinter: Sendable {
    private let format: OutputFormat
    private let columns: [String]
    private let state = Locked((rows: [[String]](), printed: 0))

    /// Rows that one alignment is made for: a list has no end that is known.
    private static let page = 200

    init(_ format: OutputFormat, columns: [String]) {
        self.format = format
        self.columns = columns
    }

    /// How many came.
    var count: Int { state.withLock { $0.printed + $0.rows.count } }

    func print(_ item: JSONValue) {
        state.withLock { state in
            switch format {
            case .json:
                HostLogging.print((state.printed == 0 ? "[" : ",") + JSONWriter.text(item))
                state.printed += 1
            case .text:
                state.rows.append(columns.map { item.shown($0) })
                if state.rows.count == Self.page { flush(&state) }
            }
        }
    }

    /// To be called once, after the last one.
    func finish() {
        state.withLock { state in
            switch format {
            case .json: HostLogging.print(state.printed == 0 ? "[]" : "]")
            case .text: flush(&state)
            }
        }
    }

    private func flush(_ state: inout (rows: [[String]], printed: Int)) {
        defer { state = ([], state.printed + state.rows.count) }
        guard isatty(STDOUT_FILENO) == 1 else {
            for row in state.rows { HostLogging.print(row.joined(separator: "\t")) }
            return
        }
        let rows = (state.printed == 0 ? [columns.map { $0.uppercased() }] : []) + state.rows
        let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0) }
            HostLogging.print(cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
        }
    }
}

extension JSONValue {
    /// A member as one cell of a table: no line ends, nothing that steers a terminal.
    func shown(_ name: String) -> String {
        guard case .object(let members) = self, let value = members[name] else { return "-" }
        let text = value.scalarText ?? (value == .null ? "-" : JSONWriter.text(value))
        return String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : Character($0) })
    }
}

/// Tells on standard error how far long work is: a bar on a terminal, a line for each 10 % elsewhere.
final class ProgressLine: Sendable {
    private let name: String
    private let told = Locked(-1)

    init(_ name: String) { self.name = name }

    /// - Parameter part: from 0 to 1.
    func show(_ part: Double) {
        let isTerminal = isatty(STDERR_FILENO) == 1
        let percent = Int((min(max(part, 0), 1) * 100).rounded(.down))
        let step = isTerminal ? percent : percent / 10 * 10
        let isNews = told.withLock { told in
            defer { told = max(told, step) }
            return step > told
        }
        guard isNews else { return }
        let bar = String(repeating: "#", count: percent / 4) + String(repeating: " ", count: 25 - percent / 4)
        let line =
            isTerminal ? "\r\(name) [\(bar)] \(percent) %" + (percent == 100 ? "\n" : "") : "\(name): \(step) %\n"
        FileHandle.standardError.write(Data(line.utf8))
    }
}
