import HTTPTypes
import NIOCore
import Pipeline

/// What the host says of itself, to everybody: health, probes, build, the OpenAPI document, and the pages of its
/// problems.
struct HostController: Sendable {
    let pipeline: TokenPipeline
    let build: BuildInformation
    /// The OpenAPI document, written once.
    let document: ByteBuffer
    /// Nil: the listener has none.
    let tls: ListenerTLS?

    @Sendable func health(_ call: Call) async throws -> Answer {
        var report = await pipeline.health()
        report.add(tls?.ills ?? [], to: "config")
        let isIll = report.status == .unhealthy
        return Answer.json(isIll ? .serviceUnavailable : .ok) { report.write(to: &$0) }
            .retryAfter(isIll ? Problem.defaultRetryAfter : nil)
    }

    @Sendable func live(_ call: Call) async throws -> Answer { Self.status("live") }

    @Sendable func ready(_ call: Call) async throws -> Answer {
        guard pipeline.isReady else {
            return Self.status("not_ready", .serviceUnavailable).retryAfter(Problem.defaultRetryAfter)
        }
        return Self.status("ready")
    }

    @Sendable func ping(_ call: Call) async throws -> Answer { .text("pong") }

    @Sendable func build(_ call: Call) async throws -> Answer {
        .json { json in
            json.object {
                $0.member("version", build.version)
                $0.member("commit", build.commit)
                $0.member("swift", build.swift)
                $0.member("sdk", build.sdk)
            }
        }
    }

    @Sendable func openAPI(_ call: Call) async throws -> Answer { .json(.ok, document) }

    @Sendable func problemPage(_ call: Call) async throws -> Answer {
        guard let page = call.captured("type").flatMap({ ProblemPages.page(String($0)) }) else {
            throw PipelineError(.notFound, "There is no such kind of problem.")
        }
        return .text(page)
    }

    private static func status(_ word: String, _ status: HTTPResponse.Status = .ok) -> Answer {
        .json(status) { json in json.object { $0.member("status", word) } }
    }
}
