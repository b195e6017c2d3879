import ConnectorSDK

extension Profile {
    /// Any profile: each fault kind is present in about a third of the episodes, so that kinds meet in all combinations.
    static func random(_ dice: inout Dice) -> Profile {
        var profile = Profile()
        profile.mode = dice.chance(0.4) ? .sqlite : .shared
        profile.hosts = profile.mode == .sqlite ? 1 : 2 + dice.below(2)
        profile.lines = dice.chance(0.8) ? 1 : 2 + dice.below(2)
        profile.rotation = classes[dice.below(classes.count)]
        profile.tight = dice.chance(0.4)
        profile.seconds = 200 + dice.below(400)
        profile.lifetime = 150 + dice.below(250)
        profile.imports = dice.chance(0.2)
        profile.enablesAtEnd = dice.chance(0.5)
        profile.faults.drawHosts(&dice)
        profile.faults.drawStore(&dice)
        profile.faults.drawProvider(&dice)
        profile.faults.drawCommands(&dice)
        if profile.faults.restores > 0 { profile.faults.diskLosses = 0 }
        // Time is left behind it.
        if profile.faults.longOutages > 0 || profile.faults.withholds > 0 { profile.seconds += 1_100 }
        // A provider that works for as long as the socket stays open is bearable where the holder's word is awaited.
        profile.faults.worksWhileOpen =
            profile.rotation == .singleUseFamily && profile.faults.diskLosses + profile.faults.restores == 0
            && dice.chance(0.3)
        return profile
    }
}

extension Faults {
    fileprivate mutating func drawHosts(_ dice: inout Dice) {
        if dice.chance(0.3) { crashes = 1 + dice.below(2) }
        if dice.chance(0.1) { powerCuts = 1 }
        if dice.chance(0.3) { freezes = 1 + dice.below(2) }
        if dice.chance(0.3) { longFreezes = 1 + dice.below(2) }
        if dice.chance(0.06) { diskLosses = 1 }
        if dice.chance(0.3) { boundaryCrash = 0.02 }
        if dice.chance(0.3) { boundaryFreeze = 0.02 }
        if dice.chance(0.3) { boundaryLongFreeze = 0.015 }
        if dice.chance(0.3) { wireFreeze = 0.2 }
        if dice.chance(0.15) { journalFails = 0.1 }
        if dice.chance(0.15) { spoolFails = 0.3 }
        if dice.chance(0.1) { withholds = 0.5 }
        if dice.chance(0.25) { connectFails = 0.15 }
        if dice.chance(0.3) { slowConnect = 0.4 }
    }

    fileprivate mutating func drawStore(_ dice: inout Dice) {
        if dice.chance(0.3) { acknowledgementLost = 0.06 }
        if dice.chance(0.3) { storeFails = 0.06 }
        if dice.chance(0.3) { slowStore = 0.15 }
        if dice.chance(0.2) { outages = 1 }
        if dice.chance(0.02) { longOutages = 1 }
        if dice.chance(0.3) { clockSteps = 4 }
        if dice.chance(0.1) { restores = 1 }
    }

    fileprivate mutating func drawProvider(_ dice: inout Dice) {
        if dice.chance(0.35) { slowProvider = 0.25 }
        if dice.chance(0.35) { lost = 0.25 }
        if dice.chance(0.2) { truncated = 0.15 }
        if dice.chance(0.2) { serverError = 0.2 }
        if dice.chance(0.2) { gatewayTimeout = 0.15 }
        if dice.chance(0.2) { tooMany = 0.2 }
        if dice.chance(0.15) { busy = 0.15 }
        lagging = dice.chance(0.15)
        killsOldTokens = dice.chance(0.3)
        replacesSiblings = dice.chance(0.4)
        if dice.chance(0.1) { clientFaults = 1 }
        if dice.chance(0.06) { withdrawals = 1 }
    }

    fileprivate mutating func drawCommands(_ dice: inout Dice) {
        if dice.chance(0.08) { revokes = 1 }
        if dice.chance(0.15) { reconnects = 1 + dice.below(2) }
        if dice.chance(0.12) { disables = 1 }
        if dice.chance(0.1) { duplicateImports = 1 }
        if dice.chance(0.1) { classChanges = 1 }
        if dice.chance(0.3) { forces = 1 + dice.below(3) }
        if dice.chance(0.12) { renewals = 1 + dice.below(2) }
        if dice.chance(0.1) { handOvers = 1 + dice.below(2) }
        // What a store that went back has forgotten is to be seen often enough.
        if handOvers > 0, dice.chance(0.3) { restores = 1 }
    }
}
