import Testing

@testable import Telemetry

@Suite struct MetricsTests {
    @Test func countersCountByLabels() throws {
        let registry = MetricsRegistry()
        let counter = registry.counter("refresh_total", "Refreshes.", labels: ["connector", "outcome"])
        counter.increment("github", "refreshed")
        counter.cell("github", "refreshed").increment(by: 2)
        counter.increment("slack", "provider_unavailable")
        counter.cell("slack", "provider_unavailable").increment(by: -7)
        let text = try PrometheusText(registry.text())
        #expect(text.types["token_manager_refresh_total"] == "counter")
        #expect(text.value(#"token_manager_refresh_total{connector="github",outcome="refreshed"}"#) == 3)
        #expect(text.value(#"token_manager_refresh_total{connector="slack",outcome="provider_unavailable"}"#) == 1)
    }

    @Test func theSameNameIsTheSameInstrument() {
        let registry = MetricsRegistry()
        registry.counter("a_total", "A.").increment()
        registry.counter("a_total", "A.").increment()
        registry.histogram("a_seconds", "A.").observe(1)
        registry.histogram("a_seconds", "A.").observe(1)
        #expect(registry.text().contains("token_manager_a_total 2\n"))
        #expect(registry.text().contains("token_manager_a_seconds_count 2\n"))
    }

    @Test func histogramBucketsAreCumulative() throws {
        let registry = MetricsRegistry()
        let histogram = registry.histogram("lease_wait_seconds", "Waits.", buckets: [0.5, 0.1, 1])
        for value in [0.05, 0.1, 0.3, 0.7, 9] { histogram.observe(value) }
        let text = try PrometheusText(registry.text())
        let counts = ["0.1", "0.5", "1", "+Inf"].map {
            text.value("token_manager_lease_wait_seconds_bucket{le=\"\($0)\"}")
        }
        #expect(counts == [2, 3, 4, 5])
        #expect(text.value("token_manager_lease_wait_seconds_count") == 5)
        #expect(abs((text.value("token_manager_lease_wait_seconds_sum") ?? 0) - 10.15) < 1e-9)
    }

    @Test func durationsAreSeconds() throws {
        let registry = MetricsRegistry()
        registry.histogram("x_seconds", "X.").observe(.milliseconds(1500))
        #expect(registry.text().contains("token_manager_x_seconds_sum 1.5\n"))
    }

    @Test func instrumentsWithoutLabelsShowZero() {
        let registry = MetricsRegistry()
        _ = PipelineInstruments(in: registry)
        #expect(registry.text().contains("token_manager_refresh_joined_total 0\n"))
        #expect(registry.text().contains("token_manager_audit_flush_seconds_count 0\n"))
    }

    @Test func seriesWithLabelsBeginWhenTheyAreSeen() {
        let registry = MetricsRegistry()
        let counter = registry.counter("a_total", "A.", labels: ["l"])
        let histogram = registry.histogram("a_seconds", "A.", labels: ["l"])
        for label in ["seen", "possible"] { _ = (counter.cell(label), histogram.cell(label)) }
        #expect(!registry.text().contains("l="))
        counter.increment("seen")
        histogram.observe(1, "seen")
        let text = registry.text()
        #expect(text.contains(#"token_manager_a_total{l="seen"} 1"#) && !text.contains("possible"))
        #expect(text.contains(#"token_manager_a_seconds_count{l="seen"} 1"#))
    }

    @Test func gaugesOfTheMomentAreGrouped() throws {
        let gauges: [(name: String, labels: [(String, String)], value: Double)] = [
            ("connections", [("connector", "github"), ("status", "active")], 3),
            ("token_manager_spool_entries", [], 0),
            ("connections", [("connector", "github"), ("status", "suspect")], 1),
        ]
        let written = MetricsRegistry().text(gauges: gauges)
        let text = try PrometheusText(written)
        #expect(text.types["token_manager_connections"] == "gauge")
        #expect(text.value(#"token_manager_connections{connector="github",status="suspect"}"#) == 1)
        #expect(text.value("token_manager_spool_entries") == 0)
    }

    @Test("a gauge without a value has its type all the same: there are no connections yet, or nobody could count them")
    func gaugesWithoutValuesHaveTheirType() throws {
        let written = MetricsRegistry().text(gauges: [("spool_entries", [], 0)])
        let gauges = ["connections", "outbox_lag_seconds", "outbox_dead_letters", "spool_entries", "definition_errors"]
        let types = gauges.map { ("token_manager_" + $0, "gauge") }
        #expect(try PrometheusText(written).types == Dictionary(uniqueKeysWithValues: types))
        #expect(!written.contains("\ntoken_manager_connections"))
    }

    @Test func labelValuesCannotLeaveTheirQuotes() throws {
        let registry = MetricsRegistry()
        registry.counter("a_total", "Back\\slash\nand line.", labels: ["l"]).increment("a\"b\\c\nd")
        let written = registry.text()
        #expect(written.contains(#"token_manager_a_total{l="a\"b\\c\nd"} 1"#))
        #expect(written.contains(#"# HELP token_manager_a_total Back\\slash\nand line."#))
        _ = try PrometheusText(written)
    }

    @Test func labelsThatGrowWithoutEndEndInOneCell() {
        let counter = Counter(Instrument(name: "a", help: "", labels: ["id"]))
        for id in 0..<(Cells<Counter.Cell>.most + 50) { counter.increment(String(id)) }
        #expect(counter.cell("other").value == 50)
        #expect(counter.cell("7").value == 1)
    }

    @Test func wrongNumbersOfLabelsAreMended() {
        let counter = Counter(Instrument(name: "a", help: "", labels: ["x", "y"]))
        counter.increment("1")
        counter.increment("1", "", "3")
        #expect(counter.cell("1", "").value == 2)
    }

    @Test func numbersReadAsGoReadsThem() {
        #expect(
            [0, 1, -2, 0.25, 2.5e-7, .infinity, -.infinity, .nan].map(PrometheusWriter.number)
                == ["0", "1", "-2", "0.25", "2.5e-07", "+Inf", "-Inf", "NaN"])
    }

    @Test func countsFromManyTasksAreNotLost() async {
        let registry = MetricsRegistry()
        let counter = registry.counter("a_total", "A.", labels: ["l"])
        let histogram = registry.histogram("a_seconds", "A.")
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<500 {
                        counter.increment(String(task % 2))
                        histogram.observe(0.5)
                    }
                }
            }
        }
        #expect(counter.cell("0").value == 2000 && counter.cell("1").value == 2000)
        #expect(registry.text().contains("token_manager_a_seconds_count 4000\n"))
    }
}

/// A strict reader of the text format, so that the writer is held to it.
struct PrometheusText {
    var types: [String: String] = [:]
    private var samples: [String: Double] = [:]

    struct Wrong: Error { let line: String }

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Wrong(line: "no end of line") }
        var helped: Set<String> = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# HELP ") {
                guard helped.insert(String(line.split(separator: " ")[2])).inserted else {
                    throw Wrong(line: String(line))
                }
            } else if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                guard types.updateValue(String(words[3]), forKey: String(words[2])) == nil else {
                    throw Wrong(line: String(line))
                }
            } else {
                try readSample(line)
            }
        }
    }

    func value(_ series: String) -> Double? { samples[series] }

    private mutating func readSample(_ line: Substring) throws {
        let pattern =
            #/([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? (\S+)/#
        guard let match = line.wholeMatch(of: pattern) else { throw Wrong(line: String(line)) }
        let name = String(match.1)
        let families =
            [name]
            + ["_bucket", "_sum", "_count"].filter { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
        guard families.contains(where: { types[$0] != nil }) else { throw Wrong(line: "no type: \(line)") }
        guard let value = match.3 == "+Inf" ? .infinity : Double(match.3) else { throw Wrong(line: String(line)) }
        guard samples.updateValue(value, forKey: name + (match.2.map(String.init) ?? "")) == nil else {
            throw Wrong(line: "twice: \(line)")
        }
    }
}
