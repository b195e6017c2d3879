import ConnectorSDK

extension CatalogRow {
    /// What providers do differently, in requests and answers.
    static let quirks: [CatalogRow] = requests + answers + grants

    private static let requests = [
        CatalogRow(
            "offline access and consent parameters", ["dropbox", "zoho"],
            reason: "Google's are added by the compiled connector of google-workspace"
        ) {
            $0.authorization?.parameters.isEmpty == false
        },
        CatalogRow("audience parameter, tenant chosen after connect", ["atlassian", "jira", "confluence", "xero"]) {
            $0.afterConnect.contains { if case .request(let step) = $0 { step.list != nil } else { false } }
        },
        CatalogRow("Basic only, single-use refresh tokens", ["airtable", "notion", "x"]) {
            $0.client.authentication == .clientSecretBasic && $0.client.repeatInBody.isEmpty
                && [.singleUse, .singleUseFamily].contains($0.refresh.rotation)
        },
        CatalogRow(
            "host from an input",
            ["shopify", "zendesk", "adyen", "servicenow", "workday", "salesforce", "salesforce-sandbox"]
        ) { definition in
            definition.token.endpoint.contains { $0.description.dropFirst(8).prefix { $0 != "/" }.contains("{") }
        },
        CatalogRow(
            "host from the callback or the answer",
            ["zoho", "adobe-sign", "pipedrive", "salesforce", "quickbooks", "amazon-selling-partner"]
        ) {
            $0.authorization?.callback.capture.isEmpty == false || !$0.response.capture.isEmpty
        },
        CatalogRow(
            "separate refresh URL, with or without a query",
            ["dropbox-sign", "trustpilot", "figma", "clover", "heygen"],
            reason: "TikTok's second version refreshes at the token endpoint"
        ) { $0.refresh.request.endpoint != $0.token.endpoint },
        CatalogRow("early refresh refused", ["exact-online", "trustpilot"]) { $0.refresh.notBefore != nil },
        CatalogRow(
            "extra or templated parameters",
            ["bamboohr", "basecamp", "bigcommerce", "microsoft-dynamics-365", "microsoft-ads", "paycor"]
        ) {
            !$0.token.parameters.isEmpty || $0.token.endpoint.contains { $0.description.contains("?") }
                || $0.scopes.send.contains(.token)
        },
        CatalogRow("renamed or dropped parameters", ["tiktok", "walmart", "monday", "monday-oauth-2-1", "printful"]) {
            let consent = $0.authorization
            return !(consent?.rename ?? [:]).isEmpty || !(consent?.omit ?? []).isEmpty || !$0.token.rename.isEmpty
                || !$0.token.omit.isEmpty
        },
        CatalogRow("fragment", ["apollo"]) { $0.authorization?.fragment == true },
        CatalogRow("raw scope", ["pennylane"]) { $0.scopes.encoding == .plus },
        CatalogRow("empty parameters refused", ["dropbox-sign"], reason: "none is ever sent") {
            $0.scopes.defaults.isEmpty
        },
        CatalogRow("public client", ["heygen", "posthog", "mercury"]) { $0.client.authentication == .none },
    ]

    private static let answers = [
        CatalogRow(
            "lifetime missing", ["zendesk", "jobber", "stripe-apps", "workday", "salesforce", "monday-oauth-2-1"]
        ) {
            $0.response.expiry.fallback != nil || $0.introspection?.when == .noExpiry
                || $0.response.expiry == ExpiryRules()
        },
        CatalogRow("lifetime odd: milliseconds", ["fiserv"]) { $0.response.expiry.unit == .milliseconds },
        CatalogRow("lifetime odd: an absolute time under another name", ["clover"]) {
            $0.response.map[.expiresAt] != nil
        },
        CatalogRow("lifetime odd: shrinks", ["linkedin"]) {
            $0.refresh.absoluteLifetime != nil && $0.refresh.rotation == .static
        },
        CatalogRow(
            "errors inside 200, nested answers", ["github", "zoho", "personio", "slack"],
            reason: "Coros needs a module; TikTok's second version is flat"
        ) { !$0.response.errors.isEmpty || !$0.response.success.where.isEmpty },
        CatalogRow("form-encoded unless asked for JSON", ["github"]) { $0.token.headers["Accept"] != nil },
        CatalogRow("refresh with the access token", ["facebook", "instagram", "threads"]) {
            $0.refresh.uses == .accessToken
        },
        CatalogRow("refresh rate limit per token", ["zoho"]) { $0.refresh.rateLimit != nil },
        CatalogRow(
            "revoking one token kills others", ["discord"],
            reason: "no key says whose others; Discord's file says it. HubSpot's connections may share a token: "
                + "its file names no revocation"
        ) { $0.revocation != nil },
    ]

    private static let grants = [
        CatalogRow("no refresh token, grant redeemed again", ["microsoft-admin-consent", "paypal", "fiserv"]) {
            $0.refresh.uses == .regrant
        },
        CatalogRow("client assertion", ["okta-service", "revolut-business"]) {
            $0.client.authentication == .privateKeyJWT
        },
        CatalogRow("client certificate", ["adp", "cybersource"]) { $0.client.certificate },
        CatalogRow("other grant names", ["zoom-server-to-server", "sap-ariba"]) { $0.token.grantType != nil },
        CatalogRow("no grant name", ["personio", "vercel", "clover"]) { $0.token.omit.contains("grant_type") },
        CatalogRow(
            "the user's password as a grant", ["acumatica"],
            reason: "lint warns of `password`; the definition uses the consent page"
        ) { $0.token.grantType == nil },
        CatalogRow(
            "must be rejected by lint",
            reason: "a definition without token endpoint is an error: Tests/Definitions/wrong/no-token-endpoint.yaml"),
        CatalogRow(
            "need a compiled module", ["slack"],
            reason:
                "no definition can speak for OneDrive, SharePoint, Microsoft Teams bots, Bullhorn, Shopline, "
                + "GitHub App installations, Agiloft, Braintree, Coros"
        ) { $0.connector != "oauth2" },
    ]
}
