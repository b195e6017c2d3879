/// `post_connection_script`: code of the layout's library that asks the provider for facts after connecting. What is
/// known of a script becomes `after_connect`; of the others the definition says that they are missing.
enum Scripts {
    /// One request after the first exchange.
    struct Step {
        var url: String
        /// Where an array stands that somebody chooses from.
        var list: String?
        var capture: [Pair]
    }

    static func read(_ entry: Entry, _ sketch: inout Sketch) {
        guard let script = entry.text("post_connection_script") else { return }
        if let step = known[script] {
            sketch.afterConnect = [step]
            sketch.notes.append("`after_connect` stands for `\(script)`, by what is publicly known of it.")
        } else {
            sketch.notes.append("`\(script)` ran after connecting; what it found, `after_connect` can capture.")
        }
    }

    private static let known: [String: Step] = [
        // https://mailchimp.com/developer/marketing/guides/access-user-data-oauth-2/
        "mailchimpPostConnection": Step(
            url: "https://login.mailchimp.com/oauth2/metadata", capture: [Pair("dc", "/dc")]),
        // https://developer.sophos.com/getting-started-tenant
        "sophosCentralPostConnection": Step(
            url: "https://api.central.sophos.com/whoami/v1",
            capture: [Pair("tenantId", "/id"), Pair("dataRegion", "/apiHosts/dataRegion")]),
        // https://developer.xero.com/documentation/guides/oauth2/auth-flow
        "xeroPostConnection": Step(
            url: "https://api.xero.com/connections", list: "", capture: [Pair("tenant_id", "/tenantId")]),
    ]
}
