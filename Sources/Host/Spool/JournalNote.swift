/// What one line of the journal's files says.
enum JournalNote: Sendable, Hashable {
    case presentation(JournalLine)
    /// A mark that was seen without a presentation of this host.
    case mark(Int64)

    private static let markName = "mark"

    /// Its fields, for the file.
    var fields: [String] {
        switch self {
        case .presentation(let line): line.fields
        case .mark(let mark): [Self.markName, String(mark)]
        }
    }

    init?(fields: [String]) {
        if fields.count == 2, fields[0] == Self.markName, let mark = Int64(fields[1]) {
            self = .mark(mark)
        } else if let line = JournalLine(fields: fields) {
            self = .presentation(line)
        } else {
            return nil
        }
    }
}
