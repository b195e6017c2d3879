import ConnectorSDK
import Foundation

/// The query of a URL, as far as it holds what the engine sends by itself.
enum EngineQuery {
    /// The URL without such fields, and those fields with their values decoded.
    static func split(_ template: String) -> (url: String, fields: [Pair]) {
        let parts = template.split(separator: "?", maxSplits: 1)
        // What stands behind `#` is the page's own.
        guard parts.count == 2, !template.contains("#") else { return (template, []) }
        var kept: [Substring] = []
        var fields: [Pair] = []
        for text in parts[1].split(separator: "&") {
            let field = pair(text)
            if AuthorizationTranslation.engineOwned.contains(field.name) || field.name == "scope" {
                fields.append(field)
            } else {
                kept.append(text)
            }
        }
        if fields.isEmpty { return (template, []) }
        return (kept.isEmpty ? String(parts[0]) : "\(parts[0])?\(kept.joined(separator: "&"))", fields)
    }

    private static func pair(_ text: Substring) -> Pair {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { part in
            let spaced = part.replacing("+", with: " ")
            return spaced.removingPercentEncoding ?? String(spaced)
        }
        return Pair(parts[0], parts.count > 1 ? parts[1] : "")
    }
}
