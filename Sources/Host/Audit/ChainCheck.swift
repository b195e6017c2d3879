/// Something wrong with a chain, and where.
package struct AuditFinding: Sendable, Hashable, CustomStringConvertible {
    /// What was done to the chain.
    package enum Kind: String, Sendable, Hashable {
        /// Not a line that this program writes.
        case unreadable
        /// The content is not what was hashed, or the next link names another hash.
        case edited
        /// Links are gone.
        case missing
        /// A link stands in another place, or twice.
        case reordered
        /// A checkpoint names another hash: the chain was written anew.
        case rewritten
        /// The chain ends before a checkpoint.
        case truncated
    }

    package let kind: Kind
    /// The file's name, or what the caller calls its source.
    package let file: String
    /// Counted from 1; 0: the place as a whole.
    package let line: Int
    package let explanation: String

    /// `file:line: kind: explanation`.
    package var description: String {
        "\(line == 0 ? file : "\(file):\(line)"): \(kind.rawValue): \(explanation)"
    }
}

/// Verifies a chain link by link, against its own hashes and the checkpoints that others hold. Serves files and the
/// store's rows alike.
package struct ChainCheck: Sendable {
    /// Where a link stands.
    package typealias Place = (file: String, line: Int)

    private struct Gap {
        var numbers: Set<Int64>
        let place: Place
    }

    private let checkpoints: [Int64: ChainHash]
    /// Where the chain stands, as far as it was read.
    package private(set) var head: ChainHead
    /// Links read.
    package private(set) var count = 0
    private var findings: [AuditFinding] = []
    private var more = 0
    private static let most = 10_000
    private var gaps: [Gap] = []
    /// Lines that were no links: as many links are not missed.
    private var unreadable = 0
    private var place: Place

    /// - Parameters:
    ///   - genesis: The chain's beginning.
    ///   - checkpoints: Heads that were kept elsewhere. A chain whose first files were archived begins behind one.
    ///   - source: Where its links stand, for what is found when there are none.
    package init(genesis: ChainHead, checkpoints: [ChainHead], in source: String) {
        place = (source, 0)
        self.checkpoints = Dictionary(checkpoints.map { ($0.sequence, $0.hash) }) { first, _ in first }
        head = genesis
    }

    /// Takes the next link in the order stored.
    package mutating func take(_ link: ChainLink, at place: Place) {
        self.place = place
        count += 1
        if count == 1, let before = checkpoints[link.sequence - 1] {
            head = ChainHead(sequence: link.sequence - 1, hash: before)
        }
        if !link.isConsistent {
            report(.edited, "the content of link \(link.sequence) is not what its hash says")
        }
        if link.sequence <= head.sequence { return takeOutOfOrder(link) }
        if link.sequence > head.sequence + 1 {
            miss(until: link.sequence - 1)
        } else if link.previous != head.hash {
            report(.edited, "link \(link.sequence) names another hash than link \(head.sequence) has")
        }
        head = link.head
        if let hash = checkpoints[link.sequence], hash != link.hash {
            report(.rewritten, "link \(link.sequence) is not the one that the checkpoint names")
        }
    }

    /// Takes a line that is no link. Whatever link it was is not missed again.
    package mutating func takeUnreadable(at place: Place) {
        self.place = place
        unreadable += 1
        report(.unreadable, "not a line of an audit file")
    }

    /// Ends the chain.
    package mutating func finish() -> [AuditFinding] {
        for gap in gaps where !gap.numbers.isEmpty {
            let numbers = gap.numbers.sorted()
            let range =
                numbers.count == 1 ? "link \(numbers[0])" : "links \(numbers[0]) to \(numbers[numbers.count - 1])"
            findings.append(
                AuditFinding(
                    kind: .missing, file: gap.place.file, line: gap.place.line,
                    explanation: "\(range) should stand before this line"))
        }
        if let last = checkpoints.keys.max(), last > head.sequence {
            report(.truncated, "the chain ends with link \(head.sequence), a checkpoint knows link \(last)")
        }
        if more > 0 {
            findings.append(
                AuditFinding(
                    kind: findings.last?.kind ?? .unreadable, file: place.file, line: place.line,
                    explanation: "and \(more) further findings, which are not shown"))
        }
        return findings
    }

    private mutating func miss(until last: Int64) {
        let count = last - head.sequence
        if count <= unreadable { return unreadable -= Int(count) }
        // A set is not for a forged number as high as Int64.max; what matters is that links are gone.
        let numbers = (head.sequence + 1)...(head.sequence + min(count, 100_000))
        gaps.append(Gap(numbers: Set(numbers), place: place))
    }

    private mutating func takeOutOfOrder(_ link: ChainLink) {
        if let index = gaps.firstIndex(where: { $0.numbers.contains(link.sequence) }) {
            gaps[index].numbers.remove(link.sequence)
        }
        report(.reordered, "link \(link.sequence) stands behind link \(head.sequence)")
    }

    private mutating func report(_ kind: AuditFinding.Kind, _ explanation: String) {
        // A chain of gigabytes that is damaged throughout must not take the host that looks at it.
        guard findings.count < Self.most else { return more += 1 }
        findings.append(AuditFinding(kind: kind, file: place.file, line: place.line, explanation: explanation))
    }
}
