/// The names of inputs and captures: kept as they are where they can stand in a placeholder and mean nothing else.
struct Names {
    /// Names that mean something else in a definition (DESIGN.md §3).
    private static let taken: Set<String> = [
        "random", "callback_host", "state", "token", "code", "code_verifier", "subject_token", "access_token",
        "refresh_token", "token_type", "expires_in", "expires_at", "refresh_expires_in", "refresh_expires_at", "scope",
        "id_token", "client_private_key", "client_certificate",
    ]
    /// What an entry may ask for like an input, and what every definition has anyway.
    static let material: Set<String> = ["client_id", "client_secret"]

    static func name(_ text: String) -> String {
        var name = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" })
        if name.first?.isNumber ?? true { name = "_" + name }
        name = String(name.prefix(58))
        return taken.contains(name) ? name + "_value" : name
    }

    /// The definition's id: the entry's name as far as it can be one.
    static func id(_ text: String) -> String {
        let id = text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(String(id).prefix(64))
    }

    /// A title for an entry without any: `acme-files` becomes `Acme Files`.
    static func title(_ text: String) -> String {
        text.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
    }
}
