/// Writes Prometheus text format 0.0.4:
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
struct PrometheusWriter {
    private(set) var text = ""

    /// The two comment lines in front of an instrument's samples.
    mutating func head(_ instrument: Instrument, type: String) {
        let help = instrument.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        text += "# HELP \(instrument.name) \(help)\n# TYPE \(instrument.name) \(type)\n"
    }

    /// One line: name, labels, value.
    mutating func sample(_ name: String, labels: [(String, String)], value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",") + "}"
        }
        text += " \(Self.number(value))\n"
    }

    /// A number as Go reads it; whole ones without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
