import Model
import Pipeline

extension HealthReport {
    /// `latency` is in milliseconds (docs/decisions/0006-json-times.md).
    func write(to json: inout JSONOutput) {
        json.object { json in
            json.member("status", status.rawValue)
            json.member("timestamp", at)
            json.name("services")
            json.object { json in
                for (name, health) in services {
                    json.name(name)
                    health.write(to: &json)
                }
            }
        }
    }
}

extension PartHealth {
    func write(to json: inout JSONOutput) {
        json.object {
            $0.member("status", status.rawValue)
            $0.member("latency", latency.inMicroseconds / 1000)
            $0.memberIfSet("detail", detail)
        }
    }
}

extension Duration {
    fileprivate var inMicroseconds: Double {
        (Double(components.seconds) * 1e6 + Double(components.attoseconds) / 1e12).rounded()
    }
}
