/// A bug of PROTOCOL.md §13, planted from outside the protocol.
struct Mutant {
    let number: Int
    let bug: String
    /// What has to notice it: the invariant that the table names.
    let caughtBy: Set<Oracle>
    /// Draws an episode in which the bug can show.
    let aim: (inout Dice) -> Profile
    let plant: (inout Seams, inout Habits) -> Void
}
