/// The faults that wait for calls, in the order they were given.
struct FaultPlan: Sendable {
    private(set) var faults: [Fault] = []

    mutating func add(_ fault: Fault) { faults.append(fault) }

    mutating func clear() { faults = [] }

    /// Takes what strikes this call: the first latency and the first other fault that match, each counted down.
    mutating func take(_ operation: Operation, clientID: String?) -> (latency: Fault?, fault: Fault?) {
        guard !faults.isEmpty else { return (nil, nil) }
        let latency = takeFirst { $0.kind == .latency && $0.matches(operation, clientID: clientID) }
        let fault = takeFirst { $0.kind != .latency && $0.matches(operation, clientID: clientID) }
        return (latency, fault)
    }

    private mutating func takeFirst(where matches: (Fault) -> Bool) -> Fault? {
        guard let index = faults.firstIndex(where: matches) else { return nil }
        let fault = faults[index]
        switch fault.times {
        case .forever: break
        case .count(let count) where count > 1: faults[index].times = .count(count - 1)
        case .count: faults.remove(at: index)
        }
        return fault
    }
}

extension Fault {
    func matches(_ operation: Operation, clientID: String?) -> Bool {
        guard self.clientID == nil || self.clientID == clientID else { return false }
        return self.operation.map { $0 == operation } ?? operation.isTokenCall
    }
}
