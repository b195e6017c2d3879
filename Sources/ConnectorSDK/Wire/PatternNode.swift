/// A pattern as a tree, between its text and the instructions that `Pattern` runs.
indirect enum PatternNode {
    case one(Pattern.Set)
    case assertion(Pattern.Assertion)
    case sequence([PatternNode])
    case choice([PatternNode])
    case repetition(PatternNode, minimum: Int, maximum: Int?)

    // Repetitions are written out, so this bounds time and memory.
    private static let longestProgram = 2_000

    /// Appends the instructions of this node.
    func emit(into program: inout [Pattern.Instruction]) throws(Pattern.Defect) {
        guard program.count < Self.longestProgram else {
            throw Pattern.Defect(description: "its repetitions are too large")
        }
        switch self {
        case .one(let set): program.append(.scalar(set))
        case .assertion(let assertion): program.append(.assert(assertion))
        case .sequence(let nodes): for node in nodes { try node.emit(into: &program) }
        case .choice(let nodes): try Self.emitChoice(nodes[...], into: &program)
        case .repetition(let node, let minimum, let maximum):
            for _ in 0..<minimum {
                let before = program.count
                try node.emit(into: &program)
                // Nothing, however often it is repeated: `((){9999}){9999}` must not be tried out.
                if program.count == before { break }
            }
            guard let maximum else { return try Self.emitLoop(node, into: &program) }
            for _ in minimum..<maximum { try Self.emitOptional(node, into: &program) }
        }
    }

    private static func emitChoice(
        _ nodes: ArraySlice<PatternNode>, into program: inout [Pattern.Instruction]
    ) throws(Pattern.Defect) {
        guard let first = nodes.first, nodes.count > 1 else {
            if let last = nodes.first { try last.emit(into: &program) }
            return
        }
        let split = program.count
        program.append(.jump(0))
        try first.emit(into: &program)
        let jump = program.count
        program.append(.jump(0))
        program[split] = .split(split + 1, program.count)
        try emitChoice(nodes.dropFirst(), into: &program)
        program[jump] = .jump(program.count)
    }

    private static func emitLoop(_ node: PatternNode, into program: inout [Pattern.Instruction]) throws(Pattern.Defect)
    {
        let split = program.count
        try emitOptional(node, thenBackTo: split, into: &program)
    }

    private static func emitOptional(
        _ node: PatternNode, thenBackTo start: Int? = nil, into program: inout [Pattern.Instruction]
    ) throws(Pattern.Defect) {
        let split = program.count
        program.append(.jump(0))
        try node.emit(into: &program)
        if let start { program.append(.jump(start)) }
        program[split] = .split(split + 1, program.count)
    }
}
