import CYAML
import Foundation

/// A file's bytes and the events of its YAML, and nothing made of them.
enum PlainReading {
    static func read(_ path: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { throw Unusable() }
        defer { yaml_parser_delete(&parser) }
        try bytes.withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            var isOver = false
            while !isOver {
                var event = yaml_event_t()
                guard yaml_parser_parse(&parser, &event) == 1 else { throw Unusable() }
                isOver = event.type == YAML_STREAM_END_EVENT
                yaml_event_delete(&event)
            }
        }
    }
}
