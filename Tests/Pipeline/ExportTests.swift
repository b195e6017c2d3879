import Model
import StoreContract
import Testing

@testable import Pipeline

/// What an export makes of a connection that cannot be read, and of a shutdown.
@Suite struct ExportTests {
    @Test("a connection that is gone is left out; a store that cannot be read ends the export")
    func reading() async throws {
        #expect(try await Administration.unlessGone { 1 } == 1)
        #expect(try await Administration.unlessGone { () -> Int in throw TokenPipeline.noSuchConnection } == nil)
        let problem = PipelineError(.storeUnavailable, "The store cannot be used now.")
        await #expect(throws: PipelineError.self) {
            try await Administration.unlessGone { () -> Int in throw problem }
        }
    }

    @Test("a shutdown waits for an export that hands over, since only it can take back")
    func waitedFor() {
        let inFlight = InFlight()
        inFlight.beginHandOver()
        inFlight.beginHandOver()
        inFlight.endHandOver()
        #expect(inFlight.count == 1)
        inFlight.endHandOver()
        #expect(inFlight.count == 0)
    }
}
