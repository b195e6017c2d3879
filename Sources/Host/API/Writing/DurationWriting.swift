/// Durations as settings and definitions write them: `90d`, `1h`, `45s`.
func durationText(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    for (unit, length) in [("d", Int64(86_400)), ("h", 3600), ("m", 60)] where seconds > 0 && seconds % length == 0 {
        return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
}
