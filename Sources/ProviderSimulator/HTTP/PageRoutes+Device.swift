import HTTPTypes
import Hummingbird

/// Where a person allows a device (RFC 8628 §3.3).
extension PageRoutes {
    /// The form, with the code filled in if the address has it.
    @Sendable func showDevice(_ request: Request, _ context: ProviderContext) -> Response {
        let code = HTML.escape(request.queryParameters["user_code"] ?? "")
        return HTML.page(
            "Allow a device?",
            """
            <form method="post" action="/device">
            <p><label>The code that the device shows:
            <input name="user_code" value="\(code)" required autocomplete="off"></label></p>
            <button type="submit" name="decision" value="allow">Allow</button>
            <button type="submit" name="decision" value="deny">Deny</button>
            </form>
            """)
    }

    /// The form's answer; scripts post `user_code` and `decision=allow|deny`.
    @Sendable func decideDevice(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let parameters = try await request.form()
        let code = (parameters["user_code"] ?? "").uppercased()
        guard let decision = parameters["decision"], ["allow", "deny"].contains(decision),
            provider.withState({ $0.server.decideDevice(code, allow: decision == "allow", now: $1) })
        else {
            return HTML.page(
                "This code is not known", "<p>Nobody waits for it, or it was answered already.</p>", status: .badRequest
            )
        }
        return HTML.page("Done", "<p>The device goes on by itself: close this page.</p>")
    }
}
