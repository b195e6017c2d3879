/// A sketch as the text of a definition: the keys of format 1 in the order of DESIGN.md §3.
struct SketchText {
    let sketch: Sketch

    func text() -> String {
        let items = header + parts.compactMap { $0 }
        return comment() + YAMLTreeWriter.text(of: items.map { $0.commented(by: sketch.comments) })
    }

    private func comment() -> String {
        let pages = sketch.pages.map { "The entry is described at \($0)" }
        let lines = sketch.preface + pages + sketch.notes.map { "- \($0)" }
        return lines.flatMap(CommentText.wrapped).map { "# \($0)\n" }.joined()
    }

    private var header: [YAMLItem] {
        var items = [
            YAMLItem("format", .literal("1")), YAMLItem("id", .text(sketch.id)), YAMLItem("title", .text(sketch.title)),
        ]
        if !sketch.documentation.isEmpty { items.append(YAMLItem("documentation", .oneOrList(sketch.documentation))) }
        if !sketch.categories.isEmpty { items.append(YAMLItem("categories", .texts(sketch.categories))) }
        if !sketch.grants.isEmpty { items.append(YAMLItem("grants", .texts(sketch.grants))) }
        if let issuer = sketch.issuer { items.append(YAMLItem("issuer", .text(issuer))) }
        if let jwks = sketch.jwks { items.append(YAMLItem("jwks", .text(jwks))) }
        return items
    }

    private var parts: [YAMLItem?] {
        [
            part("inputs", sketch.inputs.map { YAMLItem($0.name, .map(input($0))) }), part("client", client),
            part("scopes", scopes), part("authorization", authorization),
            part("device_authorization", endpoint(sketch.deviceAuthorization)), part("token", request(sketch.token)),
            part("upgrade", sketch.upgrade.map(request) ?? []), part("refresh", refresh), part("response", response),
            part("introspection", introspection), part("revocation", endpoint(sketch.revocation)), afterConnect, hosts,
        ]
    }

    private func part(_ key: String, _ items: [YAMLItem]) -> YAMLItem? {
        items.isEmpty ? nil : YAMLItem(key, .map(items))
    }

    private func input(_ input: InputSketch) -> [YAMLItem] {
        var items: [YAMLItem] = []
        if !input.title.isEmpty { items.append(YAMLItem("title", .text(input.title))) }
        if !input.description.isEmpty { items.append(YAMLItem("description", .text(input.description))) }
        if let example = input.example { items.append(YAMLItem("example", .text(example))) }
        if input.format != "text" { items.append(YAMLItem("format", .text(input.format))) }
        if let pattern = input.pattern { items.append(YAMLItem("pattern", .text(pattern))) }
        if !input.allowedValues.isEmpty { items.append(YAMLItem("enum", .texts(input.allowedValues))) }
        if let value = input.defaultValue { items.append(YAMLItem("default", .text(value))) }
        if !input.isRequired { items.append(YAMLItem("required", .literal("false"))) }
        if input.isSecret { items.append(YAMLItem("secret", .literal("true"))) }
        if input.isOrganizations { items.append(YAMLItem("per", .text("organization"))) }
        return items
    }

    private var client: [YAMLItem] {
        var items = [YAMLItem("authentication", .text(sketch.client.authentication))]
        if sketch.client.presentsCertificate { items.append(YAMLItem("certificate", .literal("true"))) }
        if let name = sketch.client.basicUsername { items.append(YAMLItem("basic_username", .text(name))) }
        if sketch.client.authentication == "client_secret_basic" {
            items.append(YAMLItem("repeat_in_body", .texts([])))
        }
        if let algorithm = sketch.client.algorithm {
            items.append(YAMLItem("assertion", .map([YAMLItem("algorithm", .text(algorithm))])))
        }
        return items
    }

    private var scopes: [YAMLItem] {
        let scopes = sketch.scopes
        var items: [YAMLItem] = []
        if !scopes.defaults.isEmpty { items.append(YAMLItem("default", .texts(scopes.defaults))) }
        if !scopes.always.isEmpty { items.append(YAMLItem("always", .texts(scopes.always))) }
        if scopes.separator != " " { items.append(YAMLItem("separator", .text(scopes.separator))) }
        if scopes.encoding != "percent" { items.append(YAMLItem("encoding", .text(scopes.encoding))) }
        if !scopes.send.isEmpty { items.append(YAMLItem("send", .texts(scopes.send))) }
        if !scopes.available.isEmpty { items.append(YAMLItem("available", .pairs(scopes.available))) }
        return items
    }

    private var authorization: [YAMLItem] {
        guard let authorization = sketch.authorization else { return [] }
        var items = [YAMLItem("endpoint", .oneOrList(authorization.endpoint))]
        if !authorization.usesProofKey { items.append(YAMLItem("pkce", .literal("off"))) }
        if !authorization.parameters.isEmpty { items.append(YAMLItem("parameters", .pairs(authorization.parameters))) }
        if !authorization.rename.isEmpty { items.append(YAMLItem("rename", .pairs(authorization.rename))) }
        if !authorization.omit.isEmpty { items.append(YAMLItem("omit", .texts(authorization.omit))) }
        if authorization.usesFragment { items.append(YAMLItem("fragment", .literal("true"))) }
        var callback: [YAMLItem] = []
        if let code = authorization.codeParameter { callback.append(YAMLItem("code", .text(code))) }
        if !authorization.capture.isEmpty { callback.append(YAMLItem("capture", .pairs(authorization.capture))) }
        if !callback.isEmpty { items.append(YAMLItem("callback", .map(callback))) }
        return items
    }

    private func request(_ request: RequestSketch) -> [YAMLItem] {
        var items: [YAMLItem] = []
        if !request.endpoint.isEmpty { items.append(YAMLItem("endpoint", .oneOrList(request.endpoint))) }
        if let method = request.method { items.append(YAMLItem("method", .text(method))) }
        if let body = request.body { items.append(YAMLItem("body", .text(body))) }
        if !request.headers.isEmpty { items.append(YAMLItem("headers", .pairs(request.headers))) }
        if let parameters = request.parameters { items.append(YAMLItem("parameters", .pairs(parameters))) }
        if let grant = request.grantType { items.append(YAMLItem("grant_type", .text(grant))) }
        if !request.rename.isEmpty { items.append(YAMLItem("rename", .pairs(request.rename))) }
        if !request.omit.isEmpty { items.append(YAMLItem("omit", .texts(request.omit))) }
        return items
    }

    private var refresh: [YAMLItem] {
        let refresh = sketch.refresh
        var items = request(refresh.request)
        if let uses = refresh.uses { items.append(YAMLItem("uses", .text(uses))) }
        if let rotation = refresh.rotation { items.append(YAMLItem("rotation", .text(rotation))) }
        if let overlap = refresh.overlap { items.append(YAMLItem("overlap", .text(overlap))) }
        if let deadline = refresh.hardDeadline { items.append(YAMLItem("hard_deadline", .text(deadline))) }
        if let margin = refresh.margin { items.append(YAMLItem("margin", .text(margin))) }
        if let notBefore = refresh.notBefore { items.append(YAMLItem("not_before", .text(notBefore))) }
        return items
    }

    private var response: [YAMLItem] {
        let response = sketch.response
        var items: [YAMLItem] = []
        if !response.map.isEmpty {
            items.append(YAMLItem("map", .map(response.map.map { YAMLItem($0.field, .oneOrList($0.pointers)) })))
        }
        var expiry: [YAMLItem] = []
        if let unit = response.unit { expiry.append(YAMLItem("unit", .text(unit))) }
        if let fallback = response.fallback { expiry.append(YAMLItem("default", .text(fallback))) }
        if !expiry.isEmpty { items.append(YAMLItem("expiry", .map(expiry))) }
        if !response.capture.isEmpty { items.append(YAMLItem("capture", .pairs(response.capture))) }
        return items
    }

    private var introspection: [YAMLItem] {
        if sketch.introspection.isEmpty { return [] }
        return endpoint(sketch.introspection) + [YAMLItem("when", .text("no_expiry"))]
    }

    private func endpoint(_ urls: [String]) -> [YAMLItem] {
        urls.isEmpty ? [] : [YAMLItem("endpoint", .oneOrList(urls))]
    }

    private var afterConnect: YAMLItem? {
        if sketch.afterConnect.isEmpty { return nil }
        let steps = sketch.afterConnect.map { step -> YAMLTree in
            var items = [YAMLItem("get", .text(step.url))]
            if let list = step.list { items.append(YAMLItem("list", .text(list))) }
            items.append(YAMLItem("capture", .pairs(step.capture)))
            // The connection is good without these.
            items.append(YAMLItem("optional", .literal("true")))
            return .map(items)
        }
        return YAMLItem("after_connect", .list(steps))
    }

    private var hosts: YAMLItem? {
        if sketch.hosts.isEmpty { return nil }
        let hosts = YAMLTree.texts(sketch.hosts)
        guard sketch.hosts.contains("organization") else { return YAMLItem("hosts", hosts) }
        return YAMLItem("hosts", hosts, "A value decides the host: only hosts that the organization's config names.")
    }
}
