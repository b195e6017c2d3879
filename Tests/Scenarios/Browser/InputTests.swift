import TestSupport
import Testing

/// What a caller gives for a connection, where the definition alone does not say that it is wrong.
@Suite(.hosts(1)) struct InputTests {
    @Test("an optional input that the only endpoint needs: its caller is told, nothing is stored")
    func needed() async throws {
        let inputs = "inputs: {shop: {required: false}}"
        let path = { (text: String) in text.replacing("/authorize\"", with: "/{shop}\"") }
        try await StepScenario.run("input-needed", { _ in inputs }, change: path) { steps, _ in
            let without = try await steps.scenario.command("POST", "/connectors/acme/authorize", [:])
            #expect(without.status == 422 && without.code == "invalid_input", "\(without.text)")
            #expect(without.text.contains("inputs.shop"), "\(without.text)")
            let with = try await steps.scenario.command(
                "POST", "/connectors/acme/authorize", ["inputs": ["shop": "east"]])
            #expect(with.status == 201, "\(with.text)")
            let page = with.json["provider_url"] as? String
            #expect(page?.hasPrefix(steps.provider.address + "/east?") == true)
            let list = try await steps.scenario.command("GET", "/connections").json["items"] as? [Any]
            #expect(list?.count == 1)
        }
    }
}
