package import ConnectorSDK

/// Values that were right when they were stored may be wrong by now: another program reads them, beside another
/// environment. A host starts without those, and says so.
extension KeptSettings {
    /// What of the stored values can be used.
    package struct Settled: Sendable {
        /// With what can be used.
        package var settings: HostSettings
        /// What can be used.
        package var used: [String: Secret]
        /// Of what cannot.
        package var problems: [SettingsProblem]
    }

    /// Leaves out what is wrong by itself, then what is wrong beside the others, until the rest is right.
    package func settle(_ kept: [String: Secret]) -> Settled {
        // What comes first elsewhere hides it, whatever it is.
        let hidden = hidden
        var settled = Settled(settings: base, used: kept.filter { !hidden.contains($0.key) }, problems: [])
        for (name, value) in settled.used.sorted(by: { $0.key < $1.key }) {
            let found = Self.setting(name).map { Self.wrong(value, for: $0) } ?? Self.unknown(name)
            if let found { settled.leaveOut([name], found) }
        }
        while true {
            do throws(SettingsError) {
                settled.settings = try load(settled.used)
                return settled
            } catch {
                // Without anything kept it is what the host was started with.
                guard !settled.used.isEmpty else { return settled }
                settled.leaveOut(error.problems)
            }
        }
    }
}

extension KeptSettings.Settled {
    /// Leaves out the stored settings that these problems speak of; all of them where they speak of none.
    fileprivate mutating func leaveOut(_ found: [SettingsProblem]) {
        let before = used.keys.sorted()
        for problem in found {
            leaveOut(before.filter { problem.variable == $0 || problem.message.contains($0) }, problem)
        }
        if used.count == before.count, let first = found.first { leaveOut(before, first) }
    }

    /// One problem may speak of several, and several of one.
    fileprivate mutating func leaveOut(_ names: [String], _ problem: SettingsProblem) {
        for name in names where used.removeValue(forKey: name) != nil {
            let place = problem.variable == name ? "" : "\(problem.variable): "
            problems.append(
                SettingsProblem(
                    name, "the stored value has no effect: \(place)\(problem.message)",
                    remedy: "\(problem.remedy); null instead of a value in PUT /api/v1/internal/app-config removes it"))
        }
    }
}
