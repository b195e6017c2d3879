extension StoreTransaction {
    /// For stores that answer without a round trip.
    package func drawMarkLater() throws -> () throws -> Int64 {
        let mark = try drawMark()
        return { mark }
    }
}
