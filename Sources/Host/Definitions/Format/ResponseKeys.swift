import ConnectorSDK

extension Format1 {
    static let response = KeyTable<ResponseRules>([
        Key(
            "map", .map(keys: .word, .oneOrList(.pointer)), \.map, "Where a field stands: JSON pointers tried in order."
        ),
        Key("expiry", expiry.reader { ExpiryRules() }, \.expiry, "How lifetimes are read."),
        Key(
            "success", success.reader { SuccessRules() }, \.success,
            "What a good answer looks like, besides holding a token."),
        Key("capture", .map(keys: .name, .pointer), \.capture, "Values kept as metadata and served with the token."),
        Key("errors", .list(error), \.errors, "Rows tried in order before the built-in classes."),
    ])

    private static let expiry = KeyTable<ExpiryRules>([
        Key("unit", .choice(), \.unit, "Of expires_in (s)."),
        Key("default", .duration, optional: \.fallback, "For an answer without lifetime."),
        Key("never", .flag, \.never, "The provider's tokens do not expire (false)."),
    ])

    private static let success = KeyTable<SuccessRules>([
        Key("status", .list(.status), optional: \.status, "200 to 299."),
        Key("where", .map(keys: .pointer, .json), \.where, "Every pointer must hold its value."),
    ])

    private struct ErrorDraft: Sendable {
        var status: Int?
        var pointer: JSONPointer?
        var equals: JSONValue?
        var matches: String?
        var means: ErrorRule.Meaning?
    }

    private static let errorKeys = KeyTable<ErrorDraft>([
        Key("status", .status, optional: \.status, "The HTTP status."),
        Key("pointer", .pointer, optional: \.pointer, "Where the answer's own code stands."),
        Key("equals", .json, optional: \.equals, "The code."),
        Key(
            "matches", .text, optional: \.matches,
            "A regular expression for part of the code, in linear time. A text of more than 4,096 bytes matches none."),
        Key(
            "means", shape: .choice(ErrorRule.Meaning.allCases.map(\.rawValue)), required: true,
            "What the failure means."
        ) {
            node, draft, path, decoding in
            draft.means = ValueReader<ErrorRule.Meaning>.choice().read(node, path, decoding)
        },
    ])

    private static let error = ValueReader<ErrorRule>(shape: errorKeys.shape) { node, path, decoding in
        var draft = ErrorDraft()
        // Of a row that was read in part nothing is known.
        guard errorKeys.read(node, into: &draft, path, decoding), !decoding.isBroken(path), let means = draft.means
        else { return nil }
        let problem: String? =
            if draft.status == nil, draft.pointer == nil {
                "matches every answer"
            } else if draft.equals != nil, draft.matches != nil {
                "has both `equals` and `matches`"
            } else if (draft.equals != nil || draft.matches != nil) && draft.pointer == nil {
                "compares without `pointer`"
            } else { nil }
        if let problem {
            let hint = "give `status`, or `pointer` with `equals` or `matches`"
            decoding.refuse(path, "error-row", "this row \(problem)", hint: hint, at: node.position)
            return nil
        }
        let match = draft.equals.map { ErrorRule.Match.equals($0) } ?? draft.matches.map { .matches($0) }
        return ErrorRule(status: draft.status, pointer: draft.pointer, match: match, means: means)
    }
}
