/// libyaml's messages in words that say what to do.
enum YAMLProblem {
    static func reword(_ problem: String, context: String, at character: Character?) -> (message: String, hint: String)
    {
        if character == "\t" { return ("a tab cannot indent or separate", "use spaces") }
        if context.hasPrefix("while scanning an alias") || context.hasPrefix("while scanning an anchor") {
            return (
                "`*` and `&` have a meaning of their own at the start of a value", "put the value in quotes, as in '*'"
            )
        }
        if problem.contains("cannot start any token"), let character {
            return ("a value cannot start with `\(character)`", "put the value in quotes")
        }
        if isUnclosedQuote(problem, context: context) { return ("this quote is not closed", "close the quote") }
        if let (_, message, hint) = known.first(where: { problem.contains($0.0) }) { return (message, hint) }
        let place = context.isEmpty ? "" : " \(context)"
        return ("\(problem)\(place)", "check this line and the one above; quote texts that hold special characters")
    }

    /// Where it began is what there is to mend; where it was missed is the end of the document.
    static func isUnclosedQuote(_ problem: String, context: String) -> Bool {
        context.hasPrefix("while scanning a quoted scalar")
            && (problem.contains("unexpected end of stream") || problem.contains("unexpected document indicator"))
    }

    private static let known: [(String, String, String)] = [
        (
            "mapping values are not allowed", "a `: ` cannot stand here",
            "quote a text that holds `: `, else check the indentation"
        ),
        (
            "did not find expected key", "a key was expected here",
            "check the indentation, and for an unclosed quote above"
        ),
        (
            "could not find expected ':'", "a `:` is missing after the key",
            "write `name: value`, with a space after the colon"
        ),
        (
            "expected ',' or '}'", "a `,` or `}` is missing",
            "close the `{`, separate its entries by commas, quote texts that hold braces"
        ),
        (
            "expected ',' or ']'", "a `,` or `]` is missing",
            "close the `[`, separate its entries by commas, quote texts that hold braces"
        ),
        ("block sequence entries are not allowed", "a `- ` cannot stand here", "put the list on lines of its own"),
        ("expected '-' indicator", "a `- ` was expected here", "indent all entries of the list alike"),
        (
            "found undefined tag handle", "a tag (`!name`) is not allowed",
            "remove it; quote a text that starts with `!`"
        ),
        ("unknown escape character", "an unknown escape", "use single quotes, in which `\\` stands for itself"),
        ("expected <document start>", "text after the end of the document", "check the indentation of this line"),
        ("simple keys", "a key was not expected here", "check the indentation"),
    ]
}
