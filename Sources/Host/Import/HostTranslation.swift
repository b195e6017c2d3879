import ConnectorSDK
import Definitions

/// Where requests may go. Inputs that decide a host get the narrowest format that fits, so that `hosts` can be derived;
/// where a value decides the whole host, only the hosts that the organization's config names are allowed. A pattern
/// bounds nothing (SECURITY 41, 46).
enum HostTranslation {
    static func settle(_ sketch: inout Sketch) {
        for input in sketch.inputs where input.allowedValues.isEmpty {
            if let format = format(of: input, sketch.endpoints) { sketch.change(input.name) { $0.format = format } }
        }
        for input in sketch.inputs where input.format == "base_url" {
            sketch.change(input.name) { $0.pattern = $0.pattern.map(withScheme) }
            sketch.changeEndpoints { list in list.map { leading($0, input.name) } }
        }
        sketch.hosts = hosts(sketch)
    }

    /// The layout puts the scheme before the value that it matches; a base URL may bring it along.
    private static func withScheme(_ pattern: String) -> String {
        guard pattern.hasPrefix("^"), !pattern.contains("http"), !pattern.contains("|") else { return pattern }
        let wider = "^(https://)?" + pattern.dropFirst()
        return (try? Pattern(wider)) == nil ? pattern : wider
    }

    /// A base URL brings its own scheme.
    private static func leading(_ url: String, _ name: String) -> String {
        url.hasPrefix("https://{\(name)}") ? String(url.dropFirst(8)) : url
    }

    private static func format(of input: InputSketch, _ endpoints: [String]) -> String? {
        let placeholder = "{\(input.name)}"
        if endpoints.contains(where: { $0.hasPrefix(placeholder) }) { return "base_url" }
        let authorities = endpoints.map(authority).filter { $0.contains(placeholder) }
        if authorities.isEmpty { return nil }
        if authorities.contains(where: { $0 != placeholder && !$0.hasPrefix(placeholder + ":") }) {
            return labelFormat(input, authorities, placeholder)
        }
        let standsElsewhere = endpoints.contains {
            $0.replacing("https://\(placeholder)", with: "").contains(placeholder)
        }
        if input.format == "hostname" || standsElsewhere || authorities.contains(where: { $0 != placeholder }) {
            return "hostname"
        }
        return input.format == "base_url" || mayHoldMore(input) ? "base_url" : "hostname"
    }

    /// A value that is a part of the host: one label, unless the example shows more.
    private static func labelFormat(_ input: InputSketch, _ authorities: [String], _ placeholder: String) -> String {
        if input.format == "uuid" { return "uuid" }
        if authorities.contains(where: { $0.hasSuffix(placeholder) }) { return "text" }
        return input.example?.contains(".") == true ? "hostname" : "dns_label"
    }

    /// Whether a value may have a port or a path, by its example or by what its pattern lets through.
    private static func mayHoldMore(_ input: InputSketch) -> Bool {
        let example = input.example ?? "www.example.com"
        if example.contains("/") || example.contains(":") { return true }
        guard let pattern = input.pattern.flatMap({ try? Pattern($0) }) else { return false }
        return ["\(example):8443", "\(example)/path", "\(example):8443/path"].contains { pattern.matches(whole: $0) }
    }

    static func authority(_ url: String) -> String {
        guard url.hasPrefix("https://") else { return "" }
        return String(url.dropFirst(8).prefix { $0 != "/" && $0 != "?" })
    }

    private static func hosts(_ sketch: Sketch) -> [String] {
        var found: [String] = []
        var mustBeSaid = false
        for url in sketch.endpoints {
            let reach = Reach(of: url, sketch)
            mustBeSaid = mustBeSaid || reach.mustBeSaid
            found += reach.hosts.filter { !found.contains($0) }
        }
        guard mustBeSaid else { return [] }
        let named = found.filter { $0 != "organization" }
        return found.contains("organization") || named.isEmpty ? named + ["organization"] : named
    }
}

/// Where one URL can lead.
private struct Reach {
    var hosts: [String] = []
    /// Whether `hosts` cannot be derived from the URL.
    var mustBeSaid = false

    init(of url: String, _ sketch: Sketch) {
        for text in Self.expanded(url, sketch.inputs) { add(text, sketch) }
    }

    /// With every value of an enum in the place of its placeholder.
    private static func expanded(_ url: String, _ inputs: [InputSketch]) -> [String] {
        let place = HostTranslation.authority(url)
        var texts = [url]
        for input in inputs where !input.allowedValues.isEmpty {
            let placeholder = "{\(input.name)}"
            guard place.contains(placeholder) || url.hasPrefix(placeholder) else { continue }
            texts = texts.flatMap { text in
                input.allowedValues.map { value in
                    let isStart = text.hasPrefix(placeholder) && !value.hasPrefix("https://")
                    return text.replacing(placeholder, with: isStart ? "https://\(value)" : value)
                }
            }
        }
        return texts
    }

    private mutating func add(_ url: String, _ sketch: Sketch) {
        if case .placeholder(let name)? = Template(url).segments.first {
            mustBeSaid = true
            // A captured URL may lead to the other hosts of the definition only.
            guard let input = sketch.input(name) else { return }
            hosts += Self.host(of: input.defaultValue) + ["organization"]
            return
        }
        let authority = HostTranslation.authority(url)
        let placeholders = Template(authority).placeholders
        guard let name = placeholders.last else {
            hosts.append(authority.hasSuffix(":443") ? String(authority.dropLast(4)) : authority)
            return
        }
        let suffix = Self.suffix(of: authority, after: name)
        let format = sketch.input(name)?.format
        let isLabel = format == nil || format == "dns_label" || format == "uuid"
        if !isLabel || placeholders.count > 1 || suffix == nil { mustBeSaid = true }
        hosts += suffix.map { [$0] } ?? Self.host(of: sketch.input(name)?.defaultValue) + ["organization"]
    }

    private static func host(of value: String?) -> [String] {
        guard let value else { return [] }
        let text = value.hasPrefix("https://") ? String(value.dropFirst(8)) : value
        let host = String(text.prefix { $0 != "/" })
        return HostRule(text: host) == nil || !host.contains(".") ? [] : [host.lowercased()]
    }

    /// The literal suffix of at least two labels behind the last placeholder.
    private static func suffix(of authority: String, after name: String) -> String? {
        guard let place = authority.ranges(of: "{\(name)}").last else { return nil }
        let rest = authority[place.upperBound...]
        guard let dot = rest.firstIndex(of: "."),
            HostName.name(String(rest.dropFirst(dot == rest.startIndex ? 1 : 0))) != nil
        else { return nil }
        let suffix = String(rest[dot...])
        return HostName.name(String(suffix.dropFirst())) == nil ? nil : suffix.lowercased()
    }
}
