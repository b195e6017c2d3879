package import RefreshProtocol

/// The settings that the pipeline needs, already checked.
package struct PipelineSettings: Sendable {
    package var timing = Timing()
    /// Own address for redirect URIs, without trailing slash.
    package var publicURL: String
    /// Where the browser ends when `return_to` is left out; nil: a page of ours.
    package var frontendURL: String?
    /// The exact `return_to` values that are allowed (SECURITY.md line 10).
    package var returnURLs: [String] = []
    /// Plain http to literal loopback hosts (development, tests).
    package var allowsLoopback = false
    /// Definitions that were changed while the host was down come into force whatever they change.
    package var acceptsChanges = false
    /// How long a state is good; at most ten minutes (SECURITY.md line 2).
    package var flowLifetime = Duration.seconds(600)
    /// How many refreshes the scheduler runs at once; those of one organization are half of it at most.
    package var schedulerWorkers = 128
    /// How many calls to providers may be under way.
    package var callPlaces = 1024
    /// How often the scheduler looks for due lines.
    package var schedulerInterval = Duration.milliseconds(500)
    /// How long events are kept.
    package var eventRetention = Duration.seconds(7 * 86_400)
    /// How long dead letters are kept; a delivery that nobody makes as long.
    package var deadLetterRetention = Duration.seconds(30 * 86_400)
    /// The sink that events are delivered to; nil: they are read here only.
    package var eventSink: String?

    package init(publicURL: String) { self.publicURL = publicURL }

    /// The redirect URI registered at providers.
    package var redirectURI: String { publicURL + "/oauth/callback" }
}
