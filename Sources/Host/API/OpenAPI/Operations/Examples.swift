/// Objects of the examples. Everything in them is visibly made up.
enum Examples {
    static let connectionID = "conn_00000000000000000000000000000001"
    static let cursor = "made-up-cursor"

    static let connection: OrderedJSON = [
        "id": .text(connectionID), "connector": "sandbox", "client": "default", "name": "Ada's sandbox",
        "owner": "organization", "status": "active", "generation": 1, "expires_at": "2026-01-31T09:49:37.120Z",
        "next_refresh_at": "2026-01-31T09:44:37.120Z",
        "tokens": [
            [
                "name": "default", "generation": 1, "expires_at": "2026-01-31T09:49:37.120Z",
                "scopes": ["read", "offline"], "status": "active",
            ]
        ],
        "granted_scopes": ["read", "offline"], "missing_scopes": [], "captured": [:],
        "metadata": ["team": "billing"], "created_at": "2026-01-31T08:49:37.120Z",
        "last_refresh": nil, "last_error": nil,
    ]

    static let token: OrderedJSON = [
        "access_token": "made-up-access-token", "token_type": "Bearer", "expires_at": "2026-01-31T09:49:37.120Z",
        "expires_in": 3540, "generation": 1, "name": "default", "scopes": ["read", "offline"], "captured": [:],
        "metadata": ["team": "billing"], "warnings": [],
    ]

    static let connectorSummary: OrderedJSON = [
        "id": "sandbox", "title": "Sandbox provider", "enabled": true, "configured": true,
        "connections": [
            "pending": 0, "active": 1, "degraded": 0, "recovering": 0, "suspect": 0, "needs_reauthorization": 0,
            "verify": 0, "expired": 0, "revoked": 0, "disabled": 0,
        ],
    ]

    static let connector: OrderedJSON = .object(connectorSummary.members + connectorDetails.members)

    private static let connectorDetails: OrderedJSON = [
        "documentation": ["https://www.rfc-editor.org/rfc/rfc6749"], "categories": ["development"],
        "inputs": [
            [
                "name": "port", "title": "Port", "format": "text", "pattern": "[0-9]{1,5}", "default": "8083",
                "required": true, "secret": false, "per": "organization",
            ]
        ],
        "scopes": [
            "default": ["read", "offline"], "always": [], "available": ["read": "Read what the sandbox holds"],
        ],
        "grants": ["authorization_code"],
    ]

    static let config: OrderedJSON = [
        "client_id": "made-up-client", "client_secret": "set", "redirect_uris": [], "scopes": nil,
        "inputs": ["port": "8083"],
        "settings": [
            "hosts": nil, "rotation": nil, "overlap": nil, "idle_lifetime": nil, "absolute_lifetime": nil,
            "exchange_without_state": false,
        ],
        "updated_at": "2026-01-31T08:49:37.120Z",
    ]

    static let credentials: OrderedJSON = [
        "configured": true, "updated_at": "2026-01-31T08:49:37.120Z", "fields": ["private_key": "set"],
    ]

    /// A list's only page.
    static func page(_ item: OrderedJSON) -> OrderedJSON { ["items": [item], "next_cursor": nil] }
}
