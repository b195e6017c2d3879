import ConnectorSDK

/// Reads the answer to an introspection (RFC 7662 §2.2).
struct IntrospectionReader {
    let failures: FailureReader

    func read(_ answer: Answer) -> Reading {
        guard answer.isSuccessStatus, let object = answer.object, object.error == nil,
            case .object(let members) = object
        else {
            return .failure(failures.failure(in: answer))
        }
        guard case .bool(let active)? = members["active"] else {
            return .failure(ProviderFailure(.unclear, code: "not_active_or_inactive"))
        }
        guard active else { return .state(active: false, expiry: nil) }
        let lifetime = LifetimeReader(unit: .seconds, receivedAt: answer.response.receivedAt)
        return .state(active: true, expiry: lifetime.end(in: nil, at: members["exp"]).map(Expiry.at))
    }
}
