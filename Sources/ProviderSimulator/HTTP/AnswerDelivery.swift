import HTTPTypes
import Hummingbird
import NIOCore

/// Sends an answer, or as much of it as a fault leaves.
struct AnswerDelivery: Sendable {
    let provider: SimulatedProvider
    let channel: any Channel

    /// The response, or `ConnectionDropped` when the connection was closed instead.
    func send(_ answer: Answer, for call: GateCall) async throws -> Response {
        var call = call
        call.place = .body
        switch answer.delivery {
        case .whole:
            guard provider.gates.rules.contains(where: { $0.catches(call) }) else { return answer.response() }
            return split(answer, at: call)
        case .half: return firstHalf(of: answer)
        case .nothing: try? await channel.close()
        case .reset: await channel.reset()
        case .hang(let limit):
            call.place = nil
            await provider.gates.hang(call, limit: limit.map { .milliseconds($0) })
            try? await channel.close()
        }
        throw ConnectionDropped()
    }

    /// Half of the body, then the gate, then the rest.
    private func split(_ answer: Answer, at call: GateCall) -> Response {
        let (first, second) = halves(of: answer)
        let gates = provider.gates
        let body = ResponseBody(contentLength: first.readableBytes + second.readableBytes) { writer in
            try await writer.write(first)
            await gates.pass(call)
            try await writer.write(second)
            try await writer.finish(nil)
        }
        return Response(status: .init(code: answer.status), headers: answer.fields, body: body)
    }

    /// Half of the body under the length of the whole, then the end of the connection.
    private func firstHalf(of answer: Answer) -> Response {
        let (first, second) = halves(of: answer)
        let body = ResponseBody(contentLength: first.readableBytes + second.readableBytes) { [channel] writer in
            try await writer.write(first)
            await channel.closeAfterWrites()
        }
        return Response(status: .init(code: answer.status), headers: answer.fields, body: body)
    }

    private func halves(of answer: Answer) -> (first: ByteBuffer, second: ByteBuffer) {
        let bytes = Array(answer.body.utf8)
        return (ByteBuffer(bytes: bytes[..<(bytes.count / 2)]), ByteBuffer(bytes: bytes[(bytes.count / 2)...]))
    }
}
