import Model
import RefreshProtocol

/// Where a bug can be planted in the protocol: the default is the protocol itself.
struct Seams {
    var step: (Line, LineEvent, RefreshProtocol.Context) -> LineStep = { RefreshProtocol.step($0, $1, in: $2) }
    /// What the owner is told, given what it was doing.
    var hears: (Owner.Action, Owner.Event) -> Owner.Event = { $1 }
}

/// The simulated host's own bad habits, one per mutant; a good host has none.
struct Habits {
    /// M12: m1 begins with T1's acknowledgement.
    var startsClockAtAcknowledgement = false
    /// M13: no check of the budget as the last act.
    var skipsBudget = false
    /// M15: a lost T1 acknowledgement is followed by a new attempt.
    var claimsAnewWhenUnsure = false
    /// M18: the HTTP client repeats the POST.
    var retriesBrokenCalls = false
    /// M19: a caller that leaves takes the call along.
    var cancelsWithCaller = false
    /// M20: the soft deadline closes the socket.
    var closesAtSoftDeadline = false
    /// M21: no last read at H.
    var skipsLastRead = false
    /// M22: the spool is not synced.
    var skipsSync = false
    /// M23: the spool entry goes before T3 is acknowledged.
    var deletesBeforeCommit = false
    /// M28: the statement is made before all entries are flushed.
    var statesBeforeFlush = false
    /// M37: an exchange compares generations.
    var redeemComparesGeneration = false
    /// M39: the store's marks are not looked at.
    var ignoresMarks = false
    /// M41: a force is bound to whatever generation is there.
    var bindsForceLate = false
    /// M42: fingerprints of current refresh tokens only.
    var looksAtCurrentFingerprintsOnly = false
    /// F7: a hand-over draws no mark.
    var handsOverWithoutMark = false
    /// F8: nothing outside the store knows of hand-overs.
    var forgetsHandOvers = false
    /// F14: a host counts as silent also while the store could not be reached.
    var countsSilenceOfStore = false
    /// F15: a restarted host announces its boot while answers of before still wait.
    var announcesBootAtOnce = false
    /// M44: an answer without a refresh token overwrites the one that is held.
    var emptyTokenOverwrites = false
}
