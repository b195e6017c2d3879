/// What one episode came to.
struct EpisodeReport {
    let seed: UInt64
    let profile: Profile
    let violation: Violation?
    let tally: Tally
    let trace: [String]
}

/// Episodes by seed: any kind, or one aimed at a bug.
enum Episode {
    static func run(
        seed: UInt64, mutant: Mutant? = nil, planted: Bool = true, tracing: Bool = false
    ) -> EpisodeReport {
        var dice = Dice(seed: seed)
        var profile = Profile.random(&dice)
        if let mutant { profile = mutant.aim(&dice) }
        var (seams, habits) = (Seams(), Habits())
        if let mutant, planted { mutant.plant(&seams, &habits) }
        let world = World(seed: seed, profile: profile, dice: dice, seams: seams, habits: habits, tracing: tracing)
        world.run()
        world.tally.episodes[profile.name, default: 0] += 1
        return EpisodeReport(
            seed: seed, profile: profile, violation: world.violation, tally: world.tally, trace: world.trace ?? [])
    }
}
