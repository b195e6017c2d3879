import Model
import Pipeline

extension ConnectionView {
    /// As it is listed and shown (DESIGN.md §7).
    func write(to json: inout JSONOutput) {
        json.object { json in
            json.member("id", id.description)
            json.member("connector", connector)
            json.member("client", client)
            json.member("name", name)
            json.member("owner", owner)
            json.member("status", status.rawValue)
            json.memberIfSet("status_reason", statusReason)
            json.member("generation", generation)
            json.member("expires_at", expiresAt)
            json.member("next_refresh_at", nextRefreshAt)
            json.member("tokens", each: tokens) { $1.write(to: &$0) }
            json.member("granted_scopes", grantedScopes)
            json.member("missing_scopes", missingScopes)
            json.member("captured", captured)
            if let choices { json.member("choices", each: choices) { $1.write(to: &$0) } }
            json.member("metadata", json: metadata.isEmpty ? "{}" : metadata)
            // Only once there is something to say: a connection that was never revoked has no revocation.
            if revocation != .none { json.member("revocation", revocation.rawValue) }
            json.member("created_at", createdAt)
            writeHistory(to: &json)
        }
    }

    private func writeHistory(to json: inout JSONOutput) {
        json.member("last_refresh", lastRefresh) { json, last in
            json.object {
                $0.member("at", last.at)
                $0.member("outcome", last.outcome)
            }
        }
        json.member("last_error", lastError) { json, last in
            json.object {
                $0.member("at", last.at)
                $0.member("code", last.code)
            }
        }
    }
}

extension Choice {
    /// `id` is what `PATCH {choice}` takes.
    func write(to json: inout JSONOutput) {
        json.object {
            $0.member("id", id)
            $0.member("captured", captured)
        }
    }
}

extension ConnectionView.TokenLine {
    func write(to json: inout JSONOutput) {
        json.object {
            $0.member("name", name)
            $0.member("generation", generation)
            $0.member("expires_at", expiresAt)
            $0.member("scopes", scopes)
            $0.member("status", status.rawValue)
        }
    }
}

extension TimelineItem {
    /// One attempt, with its times and what became of it.
    func write(to json: inout JSONOutput) {
        json.object {
            $0.member("attempt", attempt.description)
            $0.member("token", token)
            $0.member("purpose", purpose.rawValue)
            $0.member("state", state.rawValue)
            $0.member("generation_in", generationIn)
            $0.member("generation_out", generationOut)
            $0.member("claimed_at", claimedAt)
            $0.member("sent_at", sentAt)
            $0.member("closed_at", closedAt)
            $0.member("outcome", outcome)
            $0.member("caller", caller)
            $0.member("host", host.description)
        }
    }
}
