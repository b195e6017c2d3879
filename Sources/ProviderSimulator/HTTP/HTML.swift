import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// The frame of every page: no script, no resource from elsewhere, one style sheet named by its hash.
enum HTML {
    private static let style = """
        :root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
        code,pre{font-family:ui-monospace,monospace;font-size:.9rem;overflow-wrap:anywhere}pre{white-space:pre-wrap}
        table{border-collapse:collapse}th,td{text-align:left;padding:.25rem 1rem .25rem 0;border-bottom:1px solid #8888}
        button{font:inherit;padding:.6rem 1.4rem;margin-right:1rem;border:2px solid;border-radius:.4rem;cursor:pointer}
        button:focus-visible{outline:3px solid #06c;outline-offset:2px}
        """

    private static let policy: String = {
        let hash = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()
        return "default-src 'none'; style-src 'sha256-\(hash)'; frame-ancestors 'none'; base-uri 'none'"
    }()

    /// Text as HTML, in an element or in a quoted attribute.
    static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }

    /// A whole page. `body` is HTML already.
    static func page(_ title: String, _ body: String, status: HTTPResponse.Status = .ok) -> Response {
        let text = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(escape(title)) – sandbox provider</title><style>\(style)</style></head>
            <body><main><h1>\(escape(title))</h1>
            \(body)
            </main></body></html>

            """
        var response = Answer.html(text).response()
        response.status = status
        response.headers[.contentSecurityPolicy] = policy
        response.headers[.cacheControl] = "no-store"
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }
}
