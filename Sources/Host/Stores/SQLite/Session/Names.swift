import StoreRows

// GRDB has types of these names.

/// What `StoreRows` calls so.
typealias Column = StoreRows.Column
typealias Table = StoreRows.Table
