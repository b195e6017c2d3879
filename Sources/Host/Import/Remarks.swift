import Definitions

/// Notes on what an entry says and a definition does not: nothing is left out silently.
enum Remarks {
    /// Keys that are translated.
    private static let translated: Set<String> = [
        "auth_mode", "alias", "display_name", "docs", "categories", "authorization_url", "authorization_params",
        "authorization_url_replacements", "authorization_url_fragment", "authorization_url_skip_encode",
        "authorization_code_param_in_callback", "authorization_method", "redirect_uri_metadata", "disable_pkce",
        "token_url", "token_params", "token_headers", "token_request_headers", "token_request_method",
        "token_http_method", "token_request_auth_method", "token_endpoint_auth_method", "body_format", "refresh_url",
        "refresh_params", "refresh_token_params", "token_response_metadata", "refresh_token_response_metadata",
        "expires_in_unit", "token_expires_in_ms", "token_expiration_buffer", "scope_separator", "default_scopes",
        "connection_config", "credentials", "integration_config", "connection_configuration",
        "require_client_certificate", "alternate_access_token_response_path",
        "post_connection_script", "pre_connection_deletion_script",
    ]
    /// Those that hold a map, and those that hold a list or its one element; `token_url` is a text or a map.
    private static let maps: Set<String> = [
        "authorization_params", "authorization_url_replacements", "token_params", "token_headers",
        "token_request_headers", "refresh_params", "refresh_token_params", "connection_config", "credentials",
        "integration_config", "connection_configuration",
    ]
    private static let lists: Set<String> = [
        "docs", "categories", "default_scopes", "redirect_uri_metadata", "token_response_metadata",
        "refresh_token_response_metadata", "authorization_url_skip_encode",
    ]
    /// Keys that say nothing about tokens, or what format 1 does anyway: empty parameters are never sent, nor is a
    /// literal URL encoded again.
    private static let besideThePoint: Set<String> = [
        "proxy", "docs_connect", "setup_guide_url", "logo", "installation", "webhook_routing_script",
        "webhook_user_defined_secret", "webhook_response_metadata", "authorization_code_param_in_webhook",
        "credentials_verification_script", "authorization_url_skip_empty", "token_url_skip_encode",
        "decode_url", "verification", "assertion_option", "user_defined_webhook_secret",
        "require_public_client", "available_scopes", "pre_requisites",
    ]

    static func add(_ entry: Entry, _ sketch: inout Sketch) {
        if let script = entry.text("pre_connection_deletion_script") {
            sketch.notes.append("`\(script)` ran before a connection was deleted; `revocation` can say what it did.")
        }
        for key in entry.keys where translated.contains(key) {
            if let kind = wrongKind(key, entry) {
                sketch.notes.append("The entry's key `\(key)` is not \(kind); what it says there was not translated.")
            }
        }
        for key in entry.keys where !translated.contains(key) && !besideThePoint.contains(key) {
            sketch.notes.append("The entry's key `\(key)` is not known and was not translated.")
        }
        var seen: Set<String> = []
        sketch.notes = sketch.notes.filter { seen.insert($0).inserted }
    }

    /// What the value of a key should be and is not, wholly or in part.
    private static func wrongKind(_ key: String, _ entry: Entry) -> String? {
        guard let node = entry[key], key != "token_url" else { return nil }
        if maps.contains(key) { return node.entries == nil && node.elements?.isEmpty != true ? "a map" : nil }
        if lists.contains(key) {
            let elements = node.elements ?? [node]
            return elements.allSatisfy { $0.scalar != nil } ? nil : "a list of texts"
        }
        return node.scalar == nil ? "a text" : nil
    }
}
