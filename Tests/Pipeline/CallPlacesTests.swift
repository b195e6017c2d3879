import Model
import Testing

@testable import Pipeline

/// One organization's calls to providers, however long they hang, never take the places of all (SECURITY.md line 38).
@Suite struct CallPlacesTests {
    private func client(_ organization: String, _ connector: String = "acme", _ name: String = "default") -> ClientKey {
        ClientKey(organization: OrganizationID(organization), connector: connector, name: name)
    }

    /// Calls that hang, as many as are let in at once.
    private func hanging(
        _ places: CallPlaces, _ client: ClientKey, _ urgency: CallPlaces.Urgency = .caller(patience: .zero)
    ) async -> [CallPlace] {
        var held: [CallPlace] = []
        while let place = try? await places.enter(client, urgency) { held.append(place) }
        return held
    }

    @Test("SECURITY 38: a hanging provider of one organization leaves places to its other clients and to the others")
    func hanging() async throws {
        let places = CallPlaces(96)
        let first = await hanging(places, client("org-1"))
        #expect(first.count == 48, "a client has half")
        let second = await hanging(places, client("org-1", "other"))
        #expect(second.count == 16 && places.counts.calls == 64, "its organization has two thirds")
        let third = await hanging(places, client("org-2", "slack"))
        #expect(third.count == 16)
        let fourth = await hanging(places, client("org-3"))
        #expect(fourth.count == 4)
        withExtendedLifetime((first, second, third, fourth)) {}
    }

    @Test("a provider that hangs for everybody leaves places to the other providers")
    func connector() async {
        let places = CallPlaces(100)
        var held: [CallPlace] = []
        for number in 0..<200 { held += await hanging(places, client("org-\(number)")) }
        #expect(held.count == 80, "four of five")
        #expect(await hanging(places, client("org-new", "other")).count == 10)
        withExtendedLifetime(held) {}
    }

    @Test("SECURITY 38: what nobody asked for does not wait, and keeps nobody away, nor is it kept away")
    func unasked() async throws {
        let places = CallPlaces(100)
        let asked = await hanging(places, client("org-1")) + hanging(places, client("org-1", "other"))
        #expect(asked.count == 67)
        let scheduled = await hanging(places, client("org-1"), .host)
        #expect(scheduled.count == 13, "half of the host's own")
        #expect(await hanging(places, client("org-2", "slack")).count == 17)
        try await places.enter(client("org-3", "slack"), .host).giveBack()
        #expect(places.counts.calls == 80)
        let problem = await #expect(throws: PipelineError.self) { try await places.enter(client("org-1"), .host) }
        #expect(problem?.code == .providerUnavailable && problem?.retryAfter == .seconds(2))
        #expect(problem.map(CallPlaces.isBusy) == true && problem.map(RefreshVerdict.isHeld) == true)
        #expect(problem.map { RevocationTry($0) } == .notAsked)
        #expect(places.counts.waiting == 0)
        withExtendedLifetime((scheduled, asked)) {}
    }

    @Test("callers wait for a place; one that is given back goes to the organization with the fewest calls")
    func turns() async throws {
        let places = CallPlaces(8)
        var held = await hanging(places, client("org-1")) + hanging(places, client("org-1", "b"))
        #expect(held.count == 6)
        held += await hanging(places, client("org-1", "c"))
        while places.counts.calls < 8 {
            held.append(try await places.enter(client("org", "c\(held.count)"), .caller(patience: .zero)))
        }
        let patience = CallPlaces.Urgency.caller(patience: .seconds(600))
        let greedy = Task { try await places.enter(client("org-1", "d"), patience) }
        while places.counts.waiting < 1 { await Task.yield() }
        let other = Task { try await places.enter(client("org-2", "z"), patience) }
        while places.counts.waiting < 2 { await Task.yield() }
        held.removeLast().giveBack()
        let place = try await other.value
        #expect(places.counts == (8, 1), "the one that came first has many calls already")
        place.giveBack()
        place.giveBack()
        for place in held { place.giveBack() }
        try await greedy.value.giveBack()
        #expect(places.counts == (0, 0))
    }

    @Test("patience ends; nobody takes all places to wait in either; a place that is let go of goes back")
    func patience() async throws {
        let places = CallPlaces(4)
        let held = await hanging(places, client("org-1"))
        #expect(held.count == 2)
        let waiting = (0..<2).map { _ in
            Task { _ = try await places.enter(client("org-1"), .caller(patience: .seconds(600))) }
        }
        while places.counts.waiting < 2 { await Task.yield() }
        await #expect(throws: PipelineError.self) {
            try await places.enter(client("org-1"), .caller(patience: .seconds(600)))
        }
        await #expect(throws: PipelineError.self) {
            let first = try await places.enter(client("org-2"), .caller(patience: .zero))
            defer { first.giveBack() }
            _ = try await places.enter(client("org-2"), .caller(patience: .milliseconds(1)))
        }
        for place in held { place.giveBack() }
        for task in waiting { try await task.value }
        #expect(places.counts == (0, 0))
    }
}
