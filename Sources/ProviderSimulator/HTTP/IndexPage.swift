/// The page that explains the sandbox.
struct IndexPage {
    let issuer: String
    let statistics: Statistics
    let clients: [SimulatedClient]
    let waiting: Int
    let faults: Int

    var body: String {
        """
        <p>A simulated OAuth 2.0 provider. Its tokens are made up; nothing here is worth stealing. It listens on this machine only.</p>
        <p><strong>\(statistics.tokenCalls)</strong> token calls so far, <strong>\(statistics.refreshCalls)</strong> of them refreshes;
        \(waiting) waiting at a gate, \(faults) faults set.</p>
        <h2>Endpoints</h2>
        <table><tr><th scope="col">what</th><th scope="col">where</th></tr>
        \(endpoints)</table>
        <h2>Clients</h2>
        <p>The secret of each is <code>\(SimulatedClient.defaultSecret)</code>; any http address on loopback may be the redirect URI.</p>
        <table><tr><th scope="col">client_id</th><th scope="col">class</th><th scope="col">access token lives</th></tr>
        \(clientRows)</table>
        <h2>Switches</h2>
        <pre>\(HTML.escape(switches))</pre>
        <p>Kinds of faults: \(Fault.Kind.allCases.map { "<code>\($0.rawValue)</code>" }.joined(separator: ", ")).</p>
        """
    }

    private var endpoints: String {
        [
            ("consent", "/authorize"), ("token", "/token"), ("revocation", "/revoke"),
            ("introspection", "/introspect"), ("user", "/userinfo"),
            ("metadata", "/.well-known/oauth-authorization-server"),
        ].map { "<tr><td>\($0.0)</td><td><code>\(issuer)\($0.1)</code></td></tr>" }.joined(separator: "\n")
    }

    private var clientRows: String {
        clients.map {
            "<tr><td><code>\(HTML.escape($0.id))</code></td><td>\($0.rotation.rawValue)</td><td>\($0.lifetime) s</td></tr>"
        }.joined(separator: "\n")
    }

    private var switches: String {
        """
        # how often was the provider called, and with what?
        curl -s \(issuer)/_sandbox/stats
        curl -s \(issuer)/_sandbox/log

        # the next refresh is answered with 503
        curl -s \(issuer)/_sandbox/faults -d '{"kind":"status","status":503,"operation":"refresh"}'

        # every token call takes 200 ms from now on
        curl -s \(issuer)/_sandbox/faults -d '{"kind":"latency","milliseconds":200,"times":"forever"}'

        # access tokens of this client live 60 s
        curl -s \(issuer)/_sandbox/clients -d '{"client_id":"sandbox-client","lifetime":60}'

        # the user withdraws consent at the provider
        curl -s \(issuer)/_sandbox/withdraw -d '{"client_id":"sandbox-client"}'

        # begin again
        curl -s -X POST \(issuer)/_sandbox/reset
        """
    }
}
