extension Fault {
    /// What a fault does.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Waits `milliseconds`, then goes on as if nothing were; goes together with any other fault.
        case latency
        /// Answers `status` (500), with `retry_after` and `body` if given.
        case status
        /// Answers nothing until released, then closes the connection.
        case hang
        /// Resets the connection (TCP RST).
        case reset
        /// Does its work, then closes the connection without an answer.
        case answerLost = "answer_lost"
        /// A complete HTTP answer whose JSON stops halfway.
        case truncate
        /// Announces the whole body, sends half of it, and closes the connection.
        case cut
        /// An HTML page with `status` (200).
        case html
        /// `"refresh_token":""`.
        case emptyRefreshToken = "empty_refresh_token"
        /// No `refresh_token`, though one was made.
        case noRefreshToken = "no_refresh_token"
        /// `{"ok":false,"error":"invalid_refresh_token"}` with `status` (200), as Slack does.
        case okFalse = "ok_false"
        /// Another `expires_in`, by `value`.
        case expiresIn = "expires_in"
        /// The answer form-encoded, as GitHub does.
        case formEncoded = "form_encoded"
        /// A well-formed answer of `mebibytes` (5).
        case oversize
        /// 400 `invalid_grant`, though the token is good.
        case invalidGrant = "invalid_grant"
        /// 401 `invalid_client`, though the secret is right.
        case invalidClient = "invalid_client"
        /// 400 "token request is already being processed", as Salesforce does.
        case alreadyProcessing = "already_processing"
        /// `status` (200), `headers` and `body` as given.
        case respond

        /// Whether it changes the provider's own answer, so that it can only strike after the work.
        public var editsAnswer: Bool {
            switch self {
            case .answerLost, .truncate, .cut, .emptyRefreshToken, .noRefreshToken, .expiresIn, .formEncoded, .oversize:
                true
            case .latency, .status, .hang, .reset, .html, .okFalse, .invalidGrant, .invalidClient, .alreadyProcessing,
                .respond:
                false
            }
        }

        /// When it strikes unless the fault says otherwise.
        public var defaultPhase: Phase { editsAnswer ? .after : .before }
    }
}
