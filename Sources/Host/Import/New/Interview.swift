/// Gets the answers that are missing.
struct Interview {
    /// Asks a person; nil where the input ended. Where nobody can be asked there is no such closure.
    let ask: (@Sendable (_ prompt: String) -> String?)?
    /// Whether metadata has answered what it can.
    let hasMetadata: Bool

    /// An answer is missing or cannot be one; the text names the options.
    struct Refusal: Error, Hashable {
        let message: String
    }

    /// The answers with what was missing.
    func complete(_ answers: ConnectorAnswers) throws(Refusal) -> ConnectorAnswers {
        var answers = answers
        try check(answers)
        if let ask {
            for question in Question.all where answers[keyPath: question.answer] == nil && question.isAsked(answers) {
                answers[keyPath: question.answer] = try answer(to: question, ask)
            }
        }
        let missing = Question.all.filter {
            $0.isNeeded && $0.isAsked(answers) && answers[keyPath: $0.answer] == nil
        }
        guard missing.isEmpty else { throw self.missing(missing) }
        return answers
    }

    /// What was given must be among the choices.
    private func check(_ answers: ConnectorAnswers) throws(Refusal) {
        for question in Question.all {
            guard let answer = answers[keyPath: question.answer], !question.accepts(answer) else { continue }
            throw Refusal(message: question.refusal(of: answer))
        }
    }

    /// Asks until there is an answer that can be one; nil: nothing is said, and nothing needs to be.
    private func answer(to question: Question, _ ask: (String) -> String?) throws(Refusal) -> String? {
        while true {
            guard let line = ask(question.prompt) else { throw missing([question]) }
            let answer = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if answer.isEmpty, !question.isNeeded { return question.fallback }
            if !answer.isEmpty, question.accepts(answer) { return answer }
        }
    }

    private func missing(_ questions: [Question]) -> Refusal {
        let options = questions.map { "\($0.option): \($0.text)" }.joined(separator: "\n  ")
        let other = hasMetadata ? "the metadata does not say" : "or --discover ISSUER, where the provider has metadata"
        return Refusal(message: "not answered:\n  \(options)\n  \(other)")
    }
}

extension Question {
    func accepts(_ answer: String) -> Bool {
        if takesPages { return Self.wrongPage(in: answer) == nil }
        let words = takesSeveral ? ConnectorAnswers.words(answer) : [answer]
        return choices.isEmpty || words.allSatisfy(choices.contains)
    }

    /// Why an answer cannot be one.
    fileprivate func refusal(of answer: String) -> String {
        if let page = Self.wrongPage(in: answer), takesPages {
            return "\(option) is the URL of a page, and `\(CommentText.line(page))` is none: write https://…, "
                + "and repeat the option for another page"
        }
        return "\(option) is one of \(choices.joined(separator: ", "))"
    }

    /// The first line that is no URL of a page: blanks, or nothing behind the scheme.
    private static func wrongPage(in answer: String) -> String? {
        ConnectorAnswers.lines(answer).first { line in
            guard let scheme = ["https://", "http://"].first(where: line.hasPrefix) else { return true }
            let rest = line.dropFirst(scheme.count)
            return rest.isEmpty || rest.contains { $0.isWhitespace || $0.isNewline }
        }
    }

    /// One line: the question, its choices, and what an empty answer means.
    var prompt: String {
        let words = choices.isEmpty ? "" : " (\(choices.joined(separator: ", ")))"
        let empty = fallback.map { " [\($0)]" } ?? (isNeeded ? "" : " []")
        return "\(text)\(words)\(empty): "
    }
}
