import ConnectorSDK
import Definitions
import Foundation

/// Takes the consent page's URL apart: the endpoint, and the query, or what stands behind `#`.
struct ConsentParts {
    let origins: Origins
    let standIns: StandIns

    func parts(of page: ConsentPage, _ rules: AuthorizationRules) -> [ExplainedPart] {
        let values = TemplateValues(standIns.definition, standIns.context)
        let endpoint = origins.endpoint(rules.endpoint, values)
        let index = page.url.firstIndex(of: "?") ?? page.url.endIndex
        let own = Set(rules.endpoint.flatMap { Self.names(in: $0.description) })
        var parts = [
            ExplainedPart(.method, "GET", .engine),
            ExplainedPart(.url, standIns.show(String(page.url[..<index])), endpoint),
        ]
        for pair in page.url[index...].dropFirst().split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = decoded(halves[0])
            let value = standIns.show(halves.count == 2 ? decoded(halves[1]) : "")
            let origin = own.contains(name) ? endpoint : origins.consent(name, rules)
            parts.append(ExplainedPart(.query, name, value, origin))
        }
        return parts
    }

    private static func names(in endpoint: String) -> [String] {
        endpoint.drop { $0 != "?" }.dropFirst().split(separator: "&").map { String($0.prefix { $0 != "=" }) }
    }

    private func decoded(_ text: Substring) -> String {
        let blanks: String =
            origins.definition.scopes.encoding == .plus ? String(text).replacing("+", with: " ") : String(text)
        return blanks.removingPercentEncoding ?? blanks
    }
}
