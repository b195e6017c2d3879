extension Fault {
    /// What the caller gets when this strikes. `answer` is what the provider would have said; nil before its work.
    func strike(_ answer: Answer?, tokens: TokenAnswer?) -> Answer {
        switch kind {
        case .latency: answer ?? .json("{}")
        case .status: statusAnswer
        case .hang: undelivered(.hang(milliseconds))
        case .reset: undelivered(.reset)
        case .answerLost: undelivered(.nothing)
        case .html: .html("<!DOCTYPE html><title>Sign in</title><p>Please sign in.</p>", status: status ?? 200)
        case .okFalse: .json("{\"ok\":false,\"error\":\"invalid_refresh_token\"}", status: status ?? 200)
        case .invalidGrant: .failure(.invalidGrant("said by a fault"))
        case .invalidClient: .failure(.invalidClient("said by a fault"))
        case .alreadyProcessing:
            .json(
                OAuthFailure.invalidGrant("token request is already being processed").json, status: status ?? 400)
        case .respond: Answer(status: status ?? 200, headers: headerList, body: body ?? "")
        case .truncate, .cut, .emptyRefreshToken, .noRefreshToken, .expiresIn, .formEncoded, .oversize:
            edited(answer ?? .json("{}"), tokens: tokens)
        }
    }

    /// The provider's own answer, changed. An error answer holds no tokens and can only be shortened.
    private func edited(_ answer: Answer, tokens: TokenAnswer?) -> Answer {
        var answer = answer
        var tokens = tokens
        switch kind {
        case .truncate: answer.body = String(answer.body.prefix(answer.body.count / 2))
        case .cut: answer.delivery = .half
        case .emptyRefreshToken: tokens?["refresh_token"] = "\"\""
        case .noRefreshToken: tokens?["refresh_token"] = nil
        case .expiresIn: tokens?["expires_in"] = value == "missing" ? nil : value ?? "3600"
        case .oversize:
            tokens?["padding"] = "\"" + String(repeating: "x", count: (mebibytes ?? 5) * 1_048_576) + "\""
        case .formEncoded:
            guard let tokens else { return answer }
            answer.body = tokens.form
            answer.headers = [
                Answer.Header(name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8")
            ]
            return answer
        default: break
        }
        if kind != .truncate, let tokens { answer.body = tokens.json }
        return answer
    }

    private var statusAnswer: Answer {
        var answer = Answer.json(body ?? "{\"error\":\"server_error\"}", status: status ?? 500)
        if let retryAfter { answer.headers.append(Answer.Header(name: "Retry-After", value: retryAfter)) }
        return answer
    }

    private func undelivered(_ delivery: Answer.Delivery) -> Answer {
        Answer(status: 0, headers: [], body: "", delivery: delivery)
    }

    private var headerList: [Answer.Header] {
        (headers ?? [:]).sorted { $0.key < $1.key }.map { Answer.Header(name: $0.key, value: $0.value) }
    }
}
