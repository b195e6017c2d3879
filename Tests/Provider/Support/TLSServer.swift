import Foundation
import Testing

/// Certificates made by the `openssl` command, and a gzip bomb, once per run.
enum TLSMaterial {
    static let folder: Result<URL, any Error> = Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "token-manager-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", script]
        shell.currentDirectoryURL = folder
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else { throw CocoaError(.featureUnsupported) }
        return folder
    }

    static func path(_ name: String) throws -> String { try folder.get().appending(path: name).path() }
    static func data(_ name: String) throws -> Data { try Data(contentsOf: folder.get().appending(path: name)) }
    static var caFile: String { get throws { try path("ca.pem") } }

    private static let script = """
        set -e
        key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        authority() { openssl req -x509 $key -keyout $1.key -out $1.pem -days 30 -subj "/CN=$1"; }
        leaf() { # name, days, names
            openssl req $key -keyout $1.key -out $1.csr -subj "/CN=$1"
            echo "subjectAltName=$3" > $1.ext
            openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days $2 -extfile $1.ext -out $1.pem
        }
        authority ca
        authority client-ca
        leaf good 30 DNS:localhost,IP:127.0.0.1
        leaf expired -1 DNS:localhost
        leaf wrong-host 30 DNS:provider.example
        openssl req -x509 $key -keyout self-signed.key -out self-signed.pem -days 30 -subj /CN=self \
            -addext subjectAltName=DNS:localhost
        openssl req $key -keyout client.key -out client.csr -subj /CN=organization-seven
        openssl x509 -req -in client.csr -CA client-ca.pem -CAkey client-ca.key -CAcreateserial -days 30 -out client.pem
        openssl req $key -keyout other.key -out other.csr -subj /CN=other
        { printf 'HTTP/1.0 200 OK\\r\\nContent-Length: 300000\\r\\n\\r\\n'; head -c 300000 /dev/zero | tr '\\0' x; } > large
        head -c 50000000 /dev/zero | gzip > bomb.gz
        """
}

/// `openssl s_server` on a free port of 127.0.0.1, ended when the value goes.
final class TLSServer {
    let port: Int
    private let process = Process()
    private let output = Pipe()

    /// `certificate` names files of `TLSMaterial`; by default the server answers with a page about the handshake.
    init(certificate: String, _ arguments: [String] = [], mode: String = "-www") throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["openssl", "s_server", "-accept", "127.0.0.1:0", mode, "-cert", "\(certificate).pem", "-key"]
            + ["\(certificate).key"] + arguments
        process.currentDirectoryURL = try TLSMaterial.folder.get()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        port = try #require(Self.port(announcedOn: output.fileHandleForReading))
    }

    deinit {
        // Foundation starts children with SIGTERM blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    var url: String { "https://localhost:\(port)/" }

    /// The server prints `ACCEPT 127.0.0.1:PORT` once it listens.
    private static func port(announcedOn output: FileHandle) -> Int? {
        var text = ""
        while let data = try? output.read(upToCount: 1), !data.isEmpty {
            text += String(decoding: data, as: UTF8.self)
            if text.hasSuffix("\n"), let found = text.firstMatch(of: /ACCEPT [0-9.]+:(\d+)/) { return Int(found.1) }
        }
        return nil
    }
}
