import ConnectorSDK
import Foundation
import Model
import Secrets
import StoreContract

/// `Idempotency-Key` on POST: the same key of the same caller gets the same answer for a day.
extension TokenPipeline {
    /// The stored answer, or nil when the call has to run; then `storeAnswer` or `giveUpAnswer` follows.
    /// - Throws: `invalid_input` when the key was used with another body; `refresh_in_progress` when another host runs that
    ///   call for longer than a caller waits.
    package func storedAnswer(
        key: String, route: String, body: [UInt8], by caller: Caller
    ) async throws -> (status: Int, body: [UInt8])? {
        let request = parts.store.isExclusive ? nil : Self.request(body)
        guard let found = try await answerOrTurn(key, route, request, caller) else { return nil }
        guard found.request == request ?? Self.request(body) || found.request == Self.hash(body) else {
            throw PipelineError.invalid("Idempotency-Key", "was used with another body")
        }
        let opened = try await wrapping {
            try await self.parts.keyRing.prepare(caller.organization)
            return try await self.parts.reloadingKeys(of: caller.organization) {
                try self.parts.sealer.open(found.sealedBody, for: Self.context(found.key, caller))
            }
        }
        return (found.status, Array(opened))
    }

    /// Keeps an answer, sealed.
    package func storeAnswer(
        status: Int, body: [UInt8], key: String, route: String, requestBody: [UInt8], by caller: Caller
    ) async throws {
        try await wrapping {
            let name = try await self.parts.store.read { try Self.name(key, route, caller, in: $0) }
            try await self.parts.keyRing.prepare(caller.organization)
            let sealed = try self.parts.sealer.seal(Data(body), for: Self.context(name, caller))
            try await self.parts.store.write { transaction in
                try transaction.save(
                    IdempotentAnswer(
                        key: name, request: Self.request(requestBody), status: status, sealedBody: sealed,
                        at: transaction.now))
            }
        }
    }

    /// The caller's rights belong to it: a token of the same service that may do less gets nothing that was kept for one
    /// that may do more. So does the organization's last end: what was kept before it is sealed with keys that are gone,
    /// and was for one that is another now.
    static func name(
        _ key: String, _ route: String, _ caller: Caller, in reader: any StoreReader
    ) throws -> String {
        let end = try reader.end(of: caller.organization)
        let times = end.map { [$0.beganAt, $0.reopenedAt].map { "\($0?.milliseconds ?? 0)" } } ?? []
        let parts = [caller.organization.description, caller.name, caller.rights, route, key] + times
        return RandomToken.hash(Secret(parts.joined(separator: "\u{0}"))).base64EncodedString()
    }

    /// What tells one request's body from another's.
    private static func request(_ body: [UInt8]) -> Data { hash(canonical(body)) }

    /// The same JSON in one way of writing: members have no order, and space between them says nothing.
    static func canonical(_ body: [UInt8]) -> [UInt8] {
        guard let value = try? JSONReader.readStrictly(body) else { return body }
        return Array(JSONWriter.text(value).utf8)
    }

    static func hash(_ body: [UInt8]) -> Data {
        RandomToken.hash(Secret(Data(body).base64EncodedString()))
    }

    private static func context(_ name: String, _ caller: Caller) -> SealContext {
        SealContext(organization: caller.organization, kind: .flow, version: "answer/" + name)
    }
}

extension Caller {
    /// What this caller may do, as one text.
    fileprivate var rights: String {
        switch identity {
        case .user(_, let role): role.rawValue
        case .operating: "operator"
        case .service(_, let scopes, let connectors):
            (scopes.map(\.rawValue).sorted() + ["of"] + (connectors?.sorted() ?? ["all"])).joined(separator: " ")
        }
    }
}
