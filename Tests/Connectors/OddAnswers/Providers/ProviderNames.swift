/// Every provider that PROVIDERS.md has a row or a part of a row about an answer for.
enum ProviderNames {
    static let all = Set(rotation + servers + quirks).sorted()

    private static let rotation = [
        "Google", "Microsoft Entra", "Salesforce", "Slack", "GitHub App", "Atlassian 3LO", "Bitbucket Cloud", "Zoom",
        "HubSpot", "QuickBooks", "Xero", "Box", "Dropbox", "Notion", "Airtable", "Asana", "Linear", "GitLab", "Discord",
        "Spotify", "X", "Reddit", "Zoho", "Shopify", "TikTok", "DocuSign", "Stripe Apps", "Okta", "Auth0", "Figma",
        "Canva", "Calendly", "Zendesk", "ServiceNow", "Snowflake", "Databricks", "LinkedIn", "Exact Online",
        "Amazon Cognito", "Smartcar", "iRacing", "Airwallex", "CyberSource", "Adobe Sign", "NetSuite", "Intercom",
        "Monday", "Constant Contact",
    ]
    private static let servers = [
        "Hydra", "WSO2", "Connect2id", "Curity", "Airlock", "Supabase", "Keycloak", "django-oauth-toolkit",
    ]
    private static let quirks = [
        "Zoho", "Pipedrive", "Salesforce", "Amazon Selling Partner", "Dropbox Sign", "Trustpilot", "Figma", "Clover",
        "TikTok", "Zendesk", "Jobber", "Stripe Apps", "Workday", "Fiserv", "LinkedIn", "Walmart", "Monday", "Slack",
        "Coros", "GitHub App", "Facebook", "Instagram", "Threads", "Microsoft admin consent", "SAP Ariba", "Acumatica",
        "Personio",
    ]
}
