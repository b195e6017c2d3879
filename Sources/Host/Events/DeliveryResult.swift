/// How a try to deliver an event ended. The texts are safe to log, to store and to show.
package enum DeliveryResult: Sendable, Hashable {
    /// The sink has it.
    case delivered
    /// Perhaps it will have it later; not before `retryAfter`, if the sink said so.
    case failed(String, retryAfter: Duration? = nil)
    /// The sink will never have it.
    case refused(String)
}
