import HTTPTypes

/// The OpenAPI 3.1 document: served at `/openapi.json`, printed by `token-manager openapi`.
/// https://spec.openapis.org/oas/v3.1.1.html
package enum OpenAPIDocument {
    /// The same bytes for the same program: its server is relative to where the document came from.
    package static func text(version: String) -> String {
        let document: OrderedJSON = [
            "openapi": "3.1.1",
            "info": [
                "title": "token-manager", "version": .text(version), "description": .text(introduction),
                "license": ["name": "Apache 2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": .text(server)]],
            "tags": .list(APIOperation.Tag.allCases.map { ["name": .text($0.rawValue)] }),
            "paths": paths,
            "components": components,
        ]
        return document.document
    }

    /// The folder that the document is served from (RFC 3986 §5.2): behind a PUBLIC_URL with a path, that path.
    static let server = "."

    /// - Throws: `APIConfigurationError` naming every route without operation and every operation without route.
    static func check(_ operations: [APIOperation] = Operations.all, against routes: [Route]) throws {
        let served = Set(routes.map { "\($0.method.rawValue) \($0.template)" })
        let described = Set(operations.map(\.place))
        let problems =
            served.subtracting(described).sorted().map {
                "\($0) has no operation; add one under Sources/Host/API/OpenAPI/Operations"
            }
            + described.subtracting(served).sorted().map {
                "\($0) has an operation and no route; remove it or add it to Routes.swift"
            }
        guard problems.isEmpty else { throw APIConfigurationError(description: problems.joined(separator: "; ")) }
    }

    private static let introduction = """
        Owns the OAuth tokens of third-party integrations and serves access tokens, never a refresh token.

        Every failure is `application/problem+json` (RFC 9457): programs decide by `code`, which fixes the status; the \
        pages under `/problems/` say what each code means. A path that exists answers a method that it does not have with \
        405 and `Allow`. Parameters, members and headers that are wrong, and parameters and members that are not known, are \
        refused with 422 and named in `errors`. Lists are `{items, next_cursor}`. Later versions may add members to answers: \
        pass over what you do not know.

        `x-who` names the roles of users and the scopes of services that may call an operation; nobody else may. Another \
        organization's object is 404.
        """

    private static var paths: OrderedJSON {
        var paths: [OrderedJSON.Member] = []
        for operation in Operations.all where !paths.contains(where: { $0.name == operation.template }) {
            let methods = Operations.all.filter { $0.template == operation.template }
            let members = methods.map { OrderedJSON.Member(name: $0.method.rawValue.lowercased(), value: $0.json) }
            paths.append(.init(name: operation.template, value: .object(members)))
        }
        return .object(paths)
    }

    private static var components: OrderedJSON {
        let shared = Operations.all.flatMap(\.allParameters).filter(\.isShared)
        let problems = Operations.all.flatMap(\.problemAnswers)
        return [
            "securitySchemes": securitySchemes,
            "parameters": named(shared.map { ($0.name, $0.json) }),
            "headers": .object(AnswerHeader.allCases.map { .init(name: $0.rawValue, value: $0.json) }),
            "responses": named(problems.map { ($0.name, $0.json) }),
            "schemas": .object(SharedSchema.all.map { .init(name: $0.name, value: $0.schema.json) }),
        ]
    }

    /// By name, each once.
    private static func named(_ values: [(String, OrderedJSON)]) -> OrderedJSON {
        let unique = Dictionary(values) { first, _ in first }
        return .object(unique.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) })
    }

    private static let securitySchemes: OrderedJSON = [
        "user": [
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A person: claims `orgId`, `userId`, `role` (`admin`, `member`), `exp`.",
        ],
        "service": [
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A program: claims `orgId`, `scopes`, `exp`, optionally `connectors`.",
        ],
        "certificate": [
            "type": "mutualTLS", "description": "A program, where TLS_MODE is mtls: its certificate names its scopes.",
        ],
        "browser": [
            "type": "apiKey", "in": "cookie", "name": "__Host-tm-flow",
            "description": "Set by `/oauth/start/{ticket}` for ten minutes.",
        ],
    ]
}
