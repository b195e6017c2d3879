import Locks
package import Logging

/// What of the settings every request is judged by and what is written of it: `CALLER_RATE_LIMIT`, `LOG_HTTP_REQUESTS`,
/// `DEBUG_REQUESTS_*`. They may change while requests run.
package final class RequestRules: Sendable {
    /// The rules of one moment. A class, so that a request costs one reference.
    final class Current: Sendable {
        /// Nil: no limit.
        let limiter: CallerLimiter?
        let log: AccessLog
        let debug: DebugRequests

        init(limiter: CallerLimiter?, log: AccessLog, debug: DebugRequests) {
            self.limiter = limiter
            self.log = log
            self.debug = debug
        }
    }

    private let logger: Logger
    private let state: Locked<Current>

    /// - Parameter requestLog: takes the lines of `LOG_HTTP_REQUESTS`; nil: the logger.
    package init(_ configuration: APIConfiguration, logger: Logger, requestLog: (any RequestLog)? = nil) {
        self.logger = logger
        state = Locked(Self.rules(configuration, after: nil, logger: logger, requestLog))
    }

    /// For requests that begin from now on. Callers keep what they have used of a limit that stays as it is; another one
    /// begins anew.
    package func change(to configuration: APIConfiguration, requestLog: (any RequestLog)? = nil) {
        state.withLock { $0 = Self.rules(configuration, after: $0, logger: logger, requestLog) }
    }

    var current: Current { state.withLock { $0 } }

    private static func rules(
        _ configuration: APIConfiguration, after last: Current?, logger: Logger, _ requestLog: (any RequestLog)?
    ) -> Current {
        let rate = configuration.callerRateLimit
        let limiter = last?.limiter?.rate == rate ? last?.limiter : rate.map { CallerLimiter($0) }
        return Current(
            limiter: limiter,
            log: AccessLog(logger: logger, isOn: configuration.logHTTPRequests, log: requestLog),
            debug: DebugRequests(configuration, logger: logger))
    }
}
