import ConnectorSDK

extension OddAnswer {
    /// A 401 whose scheme says who was not known (RFC 6749 §5.2).
    static let challenges: [OddAnswer] =
        ([
            ("Basic", .misconfigured), ("basic realm=\"x\"", .misconfigured), ("BASIC realm=x, Bearer", .misconfigured),
            ("Bearer", .unclear), ("Bearer error=\"invalid_token\"", .unclear), ("Negotiate", .unclear), ("", .unclear),
            ("\"Basic\"", .unclear), ("Digest realm=\"Basic\"", .unclear), ("Bearer, Basic realm=x", .misconfigured),
            ("Bearer realm=\"a, basic b\"", .unclear), ("Bearer realm=\"a\\\", basic\"", .unclear),
            ("Bearer basic=x", .unclear), ("Bearer a=b, basic=x", .unclear), ("Basically realm=x", .unclear),
        ] as [(String, ProviderFailure.Disposition)]).map { challenge, disposition in
            .bad(
                "401 that asks for \(challenge)", 401, "", disposition, "http_401",
                headers: ["www-authenticate": challenge])
        } + [
            .bad(
                "401 that asks for a bearer, and on another line for Basic", 401, "", .misconfigured, "http_401",
                headers: ["www-authenticate": "Bearer", "www-authenticate": "Basic realm=\"x\""]),
            .bad("403 that asks for Basic", 403, "", .unclear, "http_403", headers: ["www-authenticate": "Basic"]),
            .bad("400 that asks for Basic", 400, "{}", .unclear, "http_400", headers: ["www-authenticate": "Basic"]),
            .bad("200 that asks for Basic", 200, "", .unclear, "empty_answer", headers: ["www-authenticate": "Basic"]),
            .bad(
                "401 that asks for Basic, in HTML", 401, "<p>", .misconfigured, "http_401", type: "text/html",
                headers: ["www-authenticate": "Basic"]),
            .bad(
                "401 that asks for Basic about a token", 401, #"{"error":"invalid_grant"}"#, .refused, "invalid_grant",
                headers: ["www-authenticate": "Basic"]),
            .bad(
                "401 that asks for Basic and names another code", 401, #"{"error":"x"}"#, .misconfigured, "x",
                headers: ["www-authenticate": "Basic"]),
        ]
}
