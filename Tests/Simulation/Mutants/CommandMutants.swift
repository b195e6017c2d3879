import ConnectorSDK
import Model
import RefreshProtocol

/// Sections 7 and 8.
extension Mutant {
    static let commands: [Mutant] = [
        step(
            "M36", "revoke without fence+1 and clearing open_attempt", [.revoked],
            aim: shared(.singleUse) {
                $0.slowProvider = 1; $0.revokes = 1
            }
        ) { line, event, context in
            var step = honest(line, event, context)
            guard case .revoke = event else { return step }
            step.line.fence = line.fence
            step.line.openAttempt = line.openAttempt
            step.line.leaseUntil = line.leaseUntil
            if let open = line.open { step.line.change(open.id) { $0 = open } }
            return step
        },
        habit(
            "M37", "exchange as compare-and-set on gen", [.i5],
            aim: shared(.singleUse) {
                $0.reconnects = 8; $0.storeFails = 0.4; $0.forces = 3
            }
        ) { $0.redeemComparesGeneration = true },
        step(
            "M38a", "disable stops T3", [.i5],
            aim: sqlite(.singleUse) {
                $0.slowProvider = 0.8; $0.disables = 4
            }
        ) { line, event, context in
            guard event.bringsTokens != nil, !line.enabled else { return honest(line, event, context) }
            return LineStep(line: line, outcome: .candidate)
        },
        step(
            "M38b", "disable stops recovery", [.i10],
            aim: sqlite(.singleUse, seconds: 200, enablesAtEnd: false) {
                $0.lost = 0.6; $0.disables = 3
            }
        ) { line, event, context in
            guard event.isClaim, !line.enabled, !line.unresolved.isEmpty else { return honest(line, event, context) }
            return LineStep(line: line, outcome: .refused(.disabled))
        },
        habit("M41", "force not bound to a generation", [.i3], aim: shared(.static) { $0.forces = 6 }) {
            $0.bindsForceLate = true
        },
        habit(
            "M42", "fingerprint checked for the current refresh token only", [.authorities],
            aim: sqlite(.singleUse) { $0.duplicateImports = 3 }
        ) { $0.looksAtCurrentFingerprintsOnly = true },
    ]
}

/// Section 9.
extension Mutant {
    private static let restored = shared(.singleUseFamily, seconds: 800, lifetime: 150) { $0.restores = 1 }

    static let restores: [Mutant] = [
        habit("M39a", "restore found by epoch alone", [.i1, .familyRevoked], aim: restored) { $0.ignoresMarks = true },
        step("M39b", "VERIFY claims anyway", [.i1, .familyRevoked], aim: restored) { line, event, context in
            guard event.isClaim || event.isSend, line.state == .verify else { return honest(line, event, context) }
            var eager = line
            eager.state = .degraded
            return honest(eager, event, context)
        },
        step("M40", "generations reused after a restore", [.i3], aim: shared(.static, seconds: 800) { $0.restores = 1 })
        {
            line, event, context in
            var step = honest(line, event, context)
            // Nor does the fence, which tells of the epoch too, lift the next one.
            let next = if case .storeWentBack = event { line.generation } else { line.generation + 1 }
            guard step.line.generation > next else { return step }
            step.line.generation = next
            for index in step.line.versions.indices where step.line.versions[index].status == .current {
                step.line.versions[index].generation = next
            }
            return step
        },
    ]
}
