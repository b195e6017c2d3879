import Pipeline

extension EditRequest {
    /// The body of `PATCH …/{id}`.
    static func read(_ fields: inout FieldReader) -> EditRequest {
        var request = EditRequest()
        request.name = fields.text("name", longest: FieldReader.longestName)
        request.metadata = fields.objectText("metadata")
        request.choice = fields.text("choice", longest: 128)
        return request
    }
}
