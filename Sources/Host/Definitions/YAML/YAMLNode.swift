/// A value of a YAML document, with the place it starts at.
package struct YAMLNode: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        /// In the file's order, every key once.
        case mapping([YAMLEntry])
    }

    package var content: Content
    package var position: SourcePosition

    package init(_ content: Content, at position: SourcePosition) {
        self.content = content
        self.position = position
    }
}

/// A scalar as it was written, quotes and escapes resolved.
package struct YAMLScalar: Sendable, Hashable {
    package var text: String
    /// Without quotes and no block: only these can be null, booleans or numbers.
    package var isPlain: Bool

    package init(text: String, isPlain: Bool) {
        self.text = text
        self.isPlain = isPlain
    }
}

/// A key with its value.
package struct YAMLEntry: Sendable, Hashable {
    package var key: String
    package var keyPosition: SourcePosition
    package var value: YAMLNode

    package init(key: String, keyPosition: SourcePosition, value: YAMLNode) {
        self.key = key
        self.keyPosition = keyPosition
        self.value = value
    }
}
