package import Model

import struct Foundation.Data

extension StoreTransaction {
    /// Erases old history of so many connections (`eraseHistory`), from where this has ended before, whichever host did it.
    /// After the last connection it begins anew.
    /// - Returns: whether the last one was among them.
    package func eraseNextHistory(before time: Timestamp, limit: Int) throws -> Bool {
        let place = "history_erased_up_to"
        let last = try setting(place).map { ConnectionID(String(decoding: $0, as: UTF8.self)) }
        let next = try eraseHistory(before: time, after: last, limit: limit)
        try set(Data((next?.description ?? "").utf8), for: place)
        return next == nil
    }
}
