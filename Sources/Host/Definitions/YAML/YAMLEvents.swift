import CYAML

/// One event of libyaml, copied out.
struct YAMLEvent {
    enum Kind {
        case streamStart
        case streamEnd
        case documentStart(hasDirectives: Bool)
        case documentEnd
        case alias
        case scalar(YAMLScalar)
        case sequenceStart
        case mappingStart
        /// Of a list or a map.
        case end
    }

    var kind: Kind
    var hasAnchor = false
    var hasTag = false
    var position: SourcePosition
}

/// libyaml's parser over bytes that live as long as it does. Used by one function at a time and never shared.
final class YAMLEvents {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let file: String

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        input = .allocate(capacity: bytes.count)
        _ = input.initialize(from: bytes)
        parser = .allocate(capacity: 1)
        // Fails only when memory is out; then the first `next` reports a memory error.
        _ = yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event; after the end of the stream, always that.
    func next() throws(Diagnostic) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        let position = position(event.start_mark)
        switch event.type {
        case YAML_STREAM_START_EVENT: return YAMLEvent(kind: .streamStart, position: position)
        case YAML_DOCUMENT_START_EVENT:
            let start = event.data.document_start
            let hasDirectives = start.version_directive != nil || start.tag_directives.start != start.tag_directives.end
            return YAMLEvent(kind: .documentStart(hasDirectives: hasDirectives), position: position)
        case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, position: position)
        case YAML_ALIAS_EVENT: return YAMLEvent(kind: .alias, position: position)
        case YAML_SCALAR_EVENT: return scalar(event, at: position)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return YAMLEvent(
                kind: .sequenceStart, hasAnchor: start.anchor != nil, hasTag: start.tag != nil, position: position)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return YAMLEvent(
                kind: .mappingStart, hasAnchor: start.anchor != nil, hasTag: start.tag != nil, position: position)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .end, position: position)
        default: return YAMLEvent(kind: .streamEnd, position: position)
        }
    }

    private func scalar(_ event: yaml_event_t, at position: SourcePosition) -> YAMLEvent {
        let scalar = event.data.scalar
        let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        let value = YAMLScalar(
            text: String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return YAMLEvent(
            kind: .scalar(value), hasAnchor: scalar.anchor != nil, hasTag: scalar.tag != nil, position: position)
    }

    private func position(_ mark: yaml_mark_t) -> SourcePosition {
        SourcePosition(file: file, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private func problem() -> Diagnostic {
        let error = parser.pointee
        let text = error.problem.map { String(cString: $0) } ?? "the parser ran out of memory"
        let context = error.context.map { String(cString: $0) } ?? ""
        let scalars = String(decoding: input, as: UTF8.self).unicodeScalars
        let offset = Int(error.problem_mark.index)
        let found = scalars.dropFirst(offset).first.map { Character($0) }
        let said = YAMLProblem.reword(text, context: context, at: found)
        // libyaml thinks of a last line without its end as ended: the place behind that is no place of the file.
        let mark = YAMLProblem.isUnclosedQuote(text, context: context) ? error.context_mark : error.problem_mark
        let (place, end) = (position(mark), YAMLText.end(of: scalars, file: file))
        return Diagnostic("yaml-syntax", said.message, hint: said.hint, at: place.line > end.line ? end : place)
    }
}
