extension Schema {
    /// What every load and every step of a line asks for one connection (0055), as functions, whose plans the server's
    /// sessions keep (0054). Each runs under its caller's row-level security, and is for one role alone.
    @Sendable static func questions(_ roles: DatabaseRoles) -> [String] {
        [connectionOf, lockedConnection, lineOf, attemptsOf, versionsOf, organizationOf].flatMap {
            $0.made(for: roles.host)
        }
            + [clientOf, secretsOf, offSwitchOf].flatMap { $0.made(for: roles.organization) }
    }

    private struct Question {
        let name: String
        /// Texts.
        let parameters: [String]
        let gives: String
        let query: String
        var kind = "STABLE"

        func made(for role: String) -> [String] {
            let list = parameters.map { "\($0) text" }.joined(separator: ", ")
            let signature = "\(name)(\(parameters.map { _ in "text" }.joined(separator: ", ")))"
            return [
                """
                CREATE FUNCTION \(name)(\(list)) RETURNS \(gives)
                LANGUAGE plpgsql \(kind) SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
                BEGIN
                  \(query);
                END $$
                """,
                "REVOKE ALL ON FUNCTION \(signature) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION \(signature) TO \(DatabaseRoles.quoted(role))",
            ]
        }

        static func rows(_ name: String, _ parameters: [String], of table: String, where condition: String) -> Question
        {
            Question(
                name: name, parameters: parameters, gives: "SETOF token_manager.\(table) ROWS 1",
                query: "RETURN QUERY SELECT \(table).* FROM token_manager.\(table) WHERE \(condition)")
        }

        /// Rows that meet one of two conditions, each of which has an index of its own.
        static func parts(_ name: String, of table: String, _ one: String, _ other: String) -> Question {
            let select =
                "SELECT \(table).* FROM token_manager.\(table) WHERE connection = asked AND line = asked_name AND "
            return Question(
                name: name, parameters: ["asked", "asked_name"], gives: "SETOF token_manager.\(table) ROWS 1",
                query: "RETURN QUERY " + select + one + " UNION ALL " + select + other)
        }
    }

    private static let connectionOf = Question.rows("connection_of", ["asked"], of: "connection", where: "id = asked")
    /// What it waits for it gives as it is afterwards.
    private static let lockedConnection: Question = {
        var question = Question.rows(
            "locked_connection", ["asked"], of: "connection", where: "id = asked FOR NO KEY UPDATE")
        question.kind = "VOLATILE"
        return question
    }()
    private static let lineOf = Question.rows(
        "line_of", ["asked", "asked_name"], of: "line", where: "connection = asked AND name = asked_name")
    private static let attemptsOf = Question.parts(
        "attempts_of", of: "attempt", "state IN ('intent', 'sent')", "state = 'ambiguous'")
    private static let versionsOf = Question.parts(
        "versions_of", of: "version", "status = 'current'", "status = 'candidate'")

    private static let organizationOf = Question(
        name: "organization_of", parameters: ["asked"], gives: "text",
        query: "RETURN (SELECT organization FROM token_manager.connection WHERE id = asked)")

    // For the organization of whom asks, which row-level security sees to.
    private static let ownKey = """
        (SELECT organization, connector, client FROM token_manager.connection WHERE id = asked)
        """
    private static let clientOf = Question.rows(
        "client_of", ["asked"], of: "client", where: "(organization, connector, name) = \(ownKey)")
    private static let secretsOf = Question.rows(
        "client_secrets_of", ["asked"], of: "client_secret", where: "(organization, connector, client) = \(ownKey)")
    private static let offSwitchOf = Question.rows(
        "disabled_connector_of", ["asked"], of: "disabled_connector",
        where: """
            (organization, connector) =
            (SELECT organization, connector FROM token_manager.connection WHERE id = asked)
            """)
}
