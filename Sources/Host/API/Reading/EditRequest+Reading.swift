import Pipeline

extension EditRequest {
    /// The body of `PATCH …/{id}`. Null removes, as in a config: metadata are then empty; a connection has a name always.
    static func read(_ fields: inout FieldReader) -> EditRequest {
        var request = EditRequest()
        request.name = fields.text("name", longest: FieldReader.longestName)
        if fields.isNull("name") { fields.refuse("name", "cannot be removed: a connection has a name") }
        request.metadata = fields.isNull("metadata") ? "{}" : fields.objectText("metadata")
        request.choice = fields.text("choice", longest: 128)
        return request
    }
}
