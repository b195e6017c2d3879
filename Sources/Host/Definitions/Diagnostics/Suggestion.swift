/// Finds what somebody probably meant.
package enum Suggestion {
    /// `did you mean …` with the nearest candidate, or nil when none is near enough.
    package static func hint(for word: String, among candidates: some Sequence<String>) -> String? {
        nearest(to: word, among: candidates).map { "did you mean `\($0)`?" }
    }

    /// Enough for every list of ours; a definition may name more inputs.
    private static let mostCandidates = 500

    /// The candidate with the smallest edit distance: at most one for short words, a third of the length for others.
    static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let wanted = fold(word)
        let scored = candidates.prefix(mostCandidates).map { (name: $0, distance: distance(wanted, fold($0))) }
        let near = scored.filter { $0.distance <= ($0.name.count < 6 ? 1 : max(2, $0.name.count / 3)) }
        return near.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// `clientId`, `client-id` and `client_id` are near to each other.
    private static func fold(_ word: String) -> [Character] {
        Array(word.prefix(64).lowercased().filter { $0 != "_" && $0 != "-" })
    }

    /// Levenshtein's distance with neighbouring characters swapped counting once.
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, before[j - 1] + 1)
                }
                row.append(cost)
            }
            (before, last) = (last, row)
        }
        return last[right.count]
    }
}
