/// The page on which the person allows or denies.
struct ConsentPage {
    let request: ConsentRequest
    let parameters: Parameters

    var body: String {
        """
        <p>The client <strong>\(HTML.escape(request.clientID))</strong> asks for access to the made-up account
        <strong>\(HTML.escape(request.subject))</strong>.</p>
        <h2>It asks for</h2>
        <ul>\(scopes)</ul>
        <p>The answer goes to <code>\(HTML.escape(request.redirectURI))</code>.</p>
        <form method="post" action="/authorize">
        \(fields)
        <button type="submit" name="decision" value="allow">Allow</button>
        <button type="submit" name="decision" value="deny">Deny</button>
        </form>
        """
    }

    private var scopes: String {
        let names = request.scope.split(separator: " ")
        guard !names.isEmpty else { return "<li>no particular scope</li>" }
        return names.map { "<li><code>\(HTML.escape(String($0)))</code></li>" }.joined()
    }

    /// The request again, so that the answer to the form is checked like the first one.
    private var fields: String {
        parameters.pairs.filter { $0.name != "decision" }.map {
            "<input type=\"hidden\" name=\"\(HTML.escape($0.name))\" value=\"\(HTML.escape($0.value))\">"
        }.joined(separator: "\n")
    }
}
