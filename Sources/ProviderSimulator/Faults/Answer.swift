/// An HTTP answer before it is sent, and how much of it will be.
struct Answer: Sendable, Equatable {
    struct Header: Sendable, Equatable {
        var name: String
        var value: String
    }

    enum Delivery: Sendable, Equatable {
        case whole
        /// Announce all, send half, close.
        case half
        /// Close without a byte.
        case nothing
        /// TCP RST without a byte.
        case reset
        /// Hold the connection until released or so many milliseconds are over, then close.
        case hang(Int?)
    }

    var status: Int
    var headers: [Header]
    var body: String
    var delivery = Delivery.whole

    static func json(_ body: String, status: Int = 200) -> Answer {
        Answer(status: status, headers: [Header(name: "Content-Type", value: "application/json")], body: body)
            .uncached
    }

    static func form(_ body: String) -> Answer {
        Answer(
            status: 200, headers: [Header(name: "Content-Type", value: "application/x-www-form-urlencoded")], body: body
        ).uncached
    }

    static func html(_ body: String, status: Int = 200) -> Answer {
        Answer(status: status, headers: [Header(name: "Content-Type", value: "text/html; charset=utf-8")], body: body)
    }

    static func failure(_ failure: OAuthFailure) -> Answer {
        var answer = Answer.json(failure.json, status: failure.status)
        // Who tried the header must be told the scheme (RFC 6749 §5.2); a 401 always names one (RFC 9110 §15.5.2).
        if failure.status == 401 {
            answer.headers.append(Header(name: "WWW-Authenticate", value: "Basic realm=\"sandbox\""))
        }
        return answer
    }

    /// Answers that hold tokens must not be stored (RFC 6749 §5.1).
    private var uncached: Answer {
        var answer = self
        answer.headers.append(Header(name: "Cache-Control", value: "no-store"))
        return answer
    }

    /// What the presentation log says about it.
    var fate: AnswerFate {
        switch delivery {
        case .whole: .sent
        case .half: .partly
        case .nothing, .reset, .hang: .lost
        }
    }
}
