/// What is to happen, ordered by time and, at the same time, by the order of entering: a binary heap.
struct EventQueue<Element> {
    private var heap: [(time: Int64, order: Int, element: Element)] = []
    private var order = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func push(_ element: Element, at time: Int64) {
        order += 1
        heap.append((time, order, element))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> (time: Int64, element: Element)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.time, first.element)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            let left = parent * 2 + 1
            if left < heap.count, isBefore(left, least) { least = left }
            if left + 1 < heap.count, isBefore(left + 1, least) { least = left + 1 }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (a, b) = (heap[left], heap[right])
        return a.time < b.time || (a.time == b.time && a.order < b.order)
    }
}
