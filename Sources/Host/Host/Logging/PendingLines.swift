/// Lines that wait for their output, in order, with a count of those that it will never see.
struct PendingLines {
    struct Line {
        let bytes: [UInt8]
        /// How many lines are lost with it: one that tells of others stands for all of them.
        let worth: Int
        /// What came before of this line is written.
        var isBegun = false
    }

    /// What a line takes beside its bytes, about.
    private static let extra = 64

    /// Lines that were lost since that was last told.
    var lost = 0

    private let most: Int
    private let loss: @Sendable (Int) -> String
    private var coming: [Line] = []
    /// Those before them, the first one last.
    private var going: [Line] = []
    private var size = 0
    /// The output has the beginning of a line whose end was lost.
    private var isCut = false

    init(most: Int, loss: @escaping @Sendable (Int) -> String) {
        self.most = most
        self.loss = loss
    }

    var isEmpty: Bool { coming.isEmpty && going.isEmpty }

    /// Adds a line, or counts it if there is no room. After a loss there is none until half of it is free: else each line
    /// that goes would make room for one that tells of others, and for little else.
    mutating func append(_ bytes: UnsafeRawBufferPointer, isBounded: Bool = true) {
        if isBounded, size + bytes.count + Self.extra > (lost == 0 ? most : most / 2) {
            lost += 1
            return
        }
        tellLoss()
        push(Line(bytes: Array(bytes), worth: 1))
    }

    /// Adds what must not be lost here.
    mutating func push(_ line: Line) {
        coming.append(line)
        size += line.bytes.count + Self.extra
    }

    /// Takes the next one out; when all are, the one that tells of a loss. Not right after a failure: it would fail, too.
    mutating func next(afterFailure: Bool) -> Line? {
        if isEmpty, !afterFailure { tellLoss() }
        if going.isEmpty { swap(&going, &coming); going.reverse() }
        guard let line = going.popLast() else { return nil }
        size -= line.bytes.count + Self.extra
        return line
    }

    /// A line could not be written any further.
    mutating func lose(_ line: Line, at written: Int) {
        lost += line.worth
        isCut = isCut || line.isBegun || written > 0
    }

    /// The line that tells of a loss, if there was one.
    func lossLine() -> Line? {
        guard lost > 0 else { return nil }
        return Line(bytes: Array(((isCut ? "\n" : "") + loss(lost)).utf8), worth: lost)
    }

    mutating func lossIsTold() {
        lost = 0
        isCut = false
    }

    private mutating func tellLoss() {
        guard let line = lossLine() else { return }
        lossIsTold()
        push(line)
    }
}
