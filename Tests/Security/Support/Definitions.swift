import Foundation
import TestSupport

/// Folders with definitions for one test.
enum Definitions {
    /// A folder with these definitions, by id.
    static func folder(_ name: String, _ definitions: [String: String]) throws -> URL {
        let folder = try TestFolders.make(name + "-connectors")
        for (id, text) in definitions {
            try Data(text.utf8).write(to: folder.appendingPathComponent("\(id).yaml"))
        }
        return folder
    }

    /// A connector whose endpoints lie below an address; `more` are further keys.
    static func text(_ id: String, at base: String, consent: String? = nil, _ more: String = "") -> String {
        """
        format: 1
        id: \(id)
        title: A test's provider
        client:
          authentication: client_secret_basic
        scopes:
          default: [read]
        authorization:
          endpoint: '\(consent ?? base)/authorize'
        token:
          endpoint: '\(base)/token'
        refresh:
          rotation: single_use
        \(more)
        """
    }
}

extension TestHost {
    /// Sets the client of a connector of this organization.
    func configure(
        _ connector: String, callers: CallerTokens = CallerTokens(), id: String = "client-1",
        secret: String = "canary-client-secret-1", settings: [String: any Sendable] = [:]
    ) async throws {
        try TestFolders.noteCanaries([secret])
        let answer = try await call(
            "PUT", "/api/v1/connectors/\(connector)/config", token: callers.user(),
            json: ["client_id": id, "client_secret": secret, "settings": settings])
        guard answer.status == 200 else { throw Failure("config: \(answer.status) \(answer.text)") }
    }

    /// Imports a refresh token.
    func importToken(
        _ token: String, _ connector: String, callers: CallerTokens = CallerTokens(), more: [String: any Sendable] = [:]
    ) async throws -> HTTPProbe.Answer {
        try TestFolders.noteCanaries([token])
        return try await call(
            "POST", "/api/v1/connectors/\(connector)/connections", token: callers.user(),
            json: ["grant": "refresh_token", "refresh_token": token].merging(more) { $1 })
    }
}
