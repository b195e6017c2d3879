import ConnectorSDK

extension OddAnswer {
    private static let form = "application/x-www-form-urlencoded"
    private static let fields = "access_token=at&refresh_token=rt&expires_in=3600"
    private static let page = "<!DOCTYPE html><title>Sign in</title><p>access_token=at error=invalid_grant</p>"

    /// JSON is read whatever it is called.
    static let namedJSON: [OddAnswer] = [
        nil, "", " ", "application/json;charset=utf-16", "application/json; charset=\"iso-8859-1\"", "APPLICATION/JSON",
        "application/jwt", "application/problem+json", "text/html; charset=utf-8", "text/javascript", "text/plain",
        "text/xml", "image/png", "multipart/form-data; boundary=x", form, "application/octet-stream", "json", ";", "/",
        "application/json, text/html",
    ].map { .good("JSON called \($0 ?? "nothing")", #"{"access_token":"at"}"#, type: $0) }

    /// A form is read where its type says so, and where it could be one, if it holds what an OAuth answer holds.
    static let namedForms: [OddAnswer] =
        ([
            (form, true), ("application/x-www-form-urlencoded;charset=UTF-8", true),
            ("application/x-www-form-urlencoded ; q=1", true), (" Application/X-WWW-Form-UrlEncoded", true),
            ("text/plain", true), ("TEXT/PLAIN; charset=us-ascii", true), (nil, true), ("", true), (";", true),
            ("text/html", false), ("application/json", false), ("application/octet-stream", false), ("text/*", false),
            ("text/plain2", false), ("application/x-www-form-urlencoded2", false), ("x-www-form-urlencoded", false),
        ] as [(String?, Bool)]).map { type, isRead in
            isRead
                ? .good(
                    "a form called \(type ?? "nothing")", fields, .with(refresh: "rt", lives: 3_600_000), type: type)
                : .unread("a form called \(type ?? "nothing")", fields, "unreadable_answer", type: type)
        }

    /// Pages and other texts, whatever they are called, are never tokens and never refusals.
    static let pages: [OddAnswer] =
        [page, "Bad Gateway", "upstream connect error, reset before headers", "hello=world", "%", "at"].flatMap {
            body in
            ["text/html", "text/plain", "application/json", nil].map { (type: String?) in
                .unread("\(body.prefix(20)) called \(type ?? "nothing")", body, "unreadable_answer", type: type)
            }
        }

    /// Bodies of forms.
    static let forms: [OddAnswer] = [
        .good(
            "a form with spaces and escapes", "access_token=a+b%2Bc%3D%26&scope=a+b",
            .with("a b+c=&", scopes: ["a", "b"]), type: form),
        .good("a form with an unescaped equals sign", "access_token=YQ==", .with("YQ=="), type: form),
        .good("a form with an escaped name", "access%5Ftoken=at", type: form),
        .good("a form with a repeated field", "access_token=old&access_token=at", type: form),
        .good("a form with empty pairs", "&&access_token=at&&", type: form),
        .good("a form with a nameless field", "=x&access_token=at", type: form),
        .good("a form with a field without value", "expires_in&access_token=at", type: form),
        .good("a form with an empty error", "access_token=at&error=", type: form),
        .good("a form with an empty refresh token", "access_token=at&refresh_token=", type: form),
        .good("a form that ends in a line break", "access_token=at\r\n", type: form),
        .good("a form of 500 fields", "access_token=at" + String(repeating: "&a=b", count: 499), type: form),
        .unread(
            "a form of 501 fields", "access_token=at" + String(repeating: "&a=b", count: 500), "unreadable_answer",
            type: form),
        .unread("a form with a broken escape", "access_token=a%2", "unreadable_answer", type: form),
        .unread("a form with an escape that is none", "access_token=a%zz", "unreadable_answer", type: form),
        .unread("a form whose escapes are no UTF-8", "access_token=at&name=%C3%28", "unreadable_answer", type: form),
        .unread("a form with raw spaces", "access_token=a t", "unreadable_answer", type: form),
        .unread("a form with raw umlauts", "access_token=at&name=\u{E4}", "unreadable_answer", type: form),
        .unread("a form with a raw line break inside", "access_token=at\n&scope=a", "unreadable_answer", type: form),
        .unread("a form with quotes", "access_token=\"at\"", "unreadable_answer", type: form),
        .unread(
            "a form whose token has an escaped line break", "access_token=a%0D%0AX%3A+y", "unusable_access_token",
            type: form),
        .unread("a form without its token", "token_type=bearer", "no_access_token", type: form),
        .unread("a form with an empty token", "access_token=&expires_in=3600", "no_access_token", type: form),
        .unread(
            "a form split by semicolons",
            "access_token=;refresh_token=rt".replacing("access_token=;", with: "a=b;access_token=at;"),
            "no_access_token", type: form),
        .unread(
            "plain text with neither token nor error", "token=at&expires=1", "unreadable_answer", type: "text/plain"),
        .bad("a form's refusal", 400, "error=invalid_grant", .refused, "invalid_grant", type: form),
        .bad(
            "a form's refusal, called nothing", 401, "error=invalid_grant&error_description=x", .refused,
            "invalid_grant", type: nil),
        .bad("a form's refusal, called JSON", 400, "error=invalid_grant", .unclear, "http_400"),
        .bad("a form's refusal, called HTML", 400, "error=invalid_grant", .unclear, "http_400", type: "text/html"),
        .bad(
            "a form's refusal beside a token", 200, "access_token=at&error=invalid_grant", .refused, "invalid_grant",
            type: form),
        .bad(
            "a form's wrong secret", 200, "error=incorrect_client_credentials", .misconfigured,
            "incorrect_client_credentials", type: form),
        .bad(
            "a form's slow_down", 400, "error=slow_down&interval=10", .rateLimited(after: nil), "slow_down", type: form),
    ]
}
