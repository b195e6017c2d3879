import ConnectorSDK
import Connectors
import Definitions
import Foundation
import Glibc
import Settings

/// Looks at all that a host needs, and changes nothing. Every finding that is not fine has a remedy.
struct Doctor {
    let settings: HostSettings

    /// In the order in which a host would meet them.
    func run() async -> [Finding] {
        var findings = settings.warnings.map {
            Finding.warn("settings", "\($0)", remedy: "unset it, or read the README's table of settings")
        }
        if findings.isEmpty { findings.append(.ok("settings", "complete and sound")) }
        let host = await hostFinding()
        findings += [await keyFile(), host.finding]
        findings += [await store(isHeld: host.isRunning), spool(), clock()]
        findings += definitions()
        findings += ports(isRunning: host.isRunning)
        findings.append(names())
        findings += addresses()
        return findings
    }

    /// Whether a host answers at the door.
    private func hostFinding() async -> (finding: Finding, isRunning: Bool) {
        let access = AdminAccess(settings: settings, source: SettingsSource())
        do {
            guard try await access.isHostThere() else { return (.ok("host", "none runs on this store"), false) }
            return (.ok("host", "one runs, and takes commands at \(access.doorPath)"), true)
        } catch {
            return (.fail("host", "\(error)", remedy: "run this as the user that the host has"), true)
        }
    }

    /// A clock behind the newest thing that was written was put back.
    private func clock() -> Finding {
        let now = Date().timeIntervalSince1970
        let written = FileFacts(settings.storage.databasePath)?.changedAt ?? 0
        guard written > now + 60 else { return .ok("clock", "\(Date().formatted(.iso8601))") }
        return .fail(
            "clock", "it is \(Int(written - now)) s behind the store's last write",
            remedy: "set it, and keep it with NTP")
    }

    private func definitions() -> [Finding] {
        let folder = settings.connectors.folder
        guard let connectors = try? Catalog.byID().keys else {
            return [.fail("definitions", "two compiled connectors have one id", remedy: "rename one")]
        }
        let (output, code) = Lint(connectors: Set(connectors)).run(paths: [folder], strict: false, format: .text)
        let lines = output.split(separator: "\n")
        guard code != 0 else { return [.ok("definitions", lines.last.map(String.init) ?? folder)] }
        return [
            .fail(
                "definitions", lines.first.map(String.init) ?? folder,
                remedy: "run `token-manager lint` for all of them; the others work meanwhile")
        ]
    }

    private func ports(isRunning: Bool) -> [Finding] {
        let listener = settings.listener
        return [("PORT", Optional(listener.port)), ("METRICS_PORT", listener.metricsPort)].compactMap { name, port in
            guard let port, port != 0 else { return nil }
            if PortProbe.isFree(port) { return .ok(name, "\(port) is \(isRunning ? "not used by the host" : "free")") }
            return isRunning
                ? .ok(name, "\(port) is in use, as it is with a host that runs")
                : .fail(name, "another process listens on \(port)", remedy: "end it, or set \(name)")
        }
    }

    /// Whether names of providers resolve: one is enough, since a single one may be away.
    private func names() -> Finding {
        let names: [String]
        if let proxy = settings.egress.proxy {
            names = URL(string: proxy)?.host.map { [$0] } ?? []
        } else {
            names = literalHosts()
        }
        guard !names.isEmpty else { return .ok("names", "no definition names a host that could be asked for") }
        if let found = names.first(where: PortProbe.resolves) { return .ok("names", "\(found) resolves") }
        return .warn(
            "names", "none of \(names.joined(separator: ", ")) resolves",
            remedy: "look at this machine's DNS, or set EGRESS_PROXY")
    }

    /// Whether the addresses that are set lead anywhere: without its keys nobody is let in, and events wait for their
    /// receiver. Behind a proxy it is the proxy that looks. This host's own address may be known elsewhere alone.
    private func addresses() -> [Finding] {
        let isDirect = settings.egress.proxy == nil
        var findings = [address("PUBLIC_URL", settings.addresses.publicURL, isCalled: false)]
        if isDirect, let keys = settings.callers.keySetURL {
            findings.append(address("JWKS_URL", keys, isCalled: true))
        }
        if isDirect, let receiver = settings.webhook?.url.reveal() {
            findings.append(address("WEBHOOK_URL", receiver, isCalled: true))
        }
        return findings.compactMap(\.self)
    }

    private func address(_ name: String, _ text: String, isCalled: Bool) -> Finding? {
        guard let url = URL(string: text), let host = url.host else { return nil }
        guard PortProbe.resolves(host) else {
            let (detail, remedy) = ("\(host) does not resolve", "look at \(name) and at this machine's DNS")
            return isCalled ? .fail(name, detail, remedy: remedy) : .warn(name, detail, remedy: remedy)
        }
        guard isCalled else { return .ok(name, "\(host) resolves") }
        let port = url.port ?? (url.scheme == "http" ? 80 : 443)
        return PortProbe.answers(host, port)
            ? .ok(name, "\(host):\(port) takes connections")
            : .fail(name, "\(host):\(port) takes no connection", remedy: "look at \(name), and whether its server runs")
    }

    private func literalHosts() -> [String] {
        let loader = DefinitionLoader(connectors: Set((try? Catalog.byID().keys) ?? [:].keys))
        let definitions = loader.load(folder: settings.connectors.folder).definitions.values
        let hosts = definitions.flatMap { $0.definition.hosts }.compactMap { rule -> String? in
            if case .host(let name, _) = rule { name } else { nil }
        }
        return Array(Set(hosts).sorted().prefix(2))
    }
}
