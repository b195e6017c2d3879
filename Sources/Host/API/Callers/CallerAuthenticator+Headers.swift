import HTTPTypes
import Model
import Pipeline

/// What the header fields of a request say of its caller.
extension CallerAuthenticator {
    /// The token behind `Authorization: Bearer` (RFC 6750 §2.1).
    static func token(in headers: HTTPFields) throws(CallerRefusal) -> Substring {
        let values = headers[values: .authorization]
        guard let value = values.first else { throw .missing }
        // What nearly all callers send, by bytes: looking for characters in a token costs more than all the rest.
        let rest = value.utf8.dropFirst(7)
        if values.count == 1, value.utf8.starts(with: "Bearer ".utf8), !rest.isEmpty,
            !rest.contains(UInt8(ascii: " "))
        {
            return Substring(rest)
        }
        let words = value.utf8.split(separator: UInt8(ascii: " "))
        guard values.count == 1, words.count == 2, Substring(words[0]).lowercased() == "bearer" else {
            throw .malformed
        }
        return Substring(words[1])
    }

    /// The organization that the call is about: the caller's only one, or the one it names among its own.
    static func organization(
        of claims: CallerClaims, named headers: [String]
    ) throws(PipelineError) -> OrganizationID {
        guard headers.count <= 1 else { throw .invalid("X-Organization", "given twice") }
        // An empty one names none: whoever has several organizations is told so.
        if let name = headers.first, !name.isEmpty || claims.organizations.count < 2 {
            guard let own = claims.organizations.first(where: { $0.description == name }) else {
                throw PipelineError(
                    .forbidden, "The caller does not belong to the organization that X-Organization names.")
            }
            return own
        }
        guard let only = claims.organizations.first else {
            throw PipelineError(.forbidden, "The caller belongs to no organization.")
        }
        guard claims.organizations.count == 1 else {
            throw .invalid("X-Organization", "the caller belongs to several organizations: name one")
        }
        return only
    }
}
