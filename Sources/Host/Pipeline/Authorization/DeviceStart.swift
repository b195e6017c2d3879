import ConnectorSDK
import Foundation
import Model
import Provider
import Secrets
import StoreContract

/// The device authorization grant (RFC 8628): codes from the provider, a pending connection, and a flow that
/// `DevicePoller` asks about until the person has decided.
extension TokenPipeline {
    /// Asks the provider for the codes. Nothing is stored before they came.
    func startDevice(
        _ request: RedeemRequest, _ grant: CheckedGrant, _ definition: Definition, by caller: Caller
    ) async throws -> DeviceAnswer {
        let draft = try await deviceDraft(request, grant, definition, caller)
        let client = try await client(draft.record.clientKey)
        let material = try await wrapping {
            try await self.parts.keyRing.prepare(caller.organization)
            return try self.parts.material(for: draft.record, client: client)
        }
        let codes = try await deviceCodes(material, by: Actor(caller))
        let flow = try deviceFlow(draft, codes, caller)
        try await store(flow, of: draft, rotation: material.rotation, caller)
        return DeviceAnswer(
            connection: draft.record.id, userCode: codes.userCode, verificationURI: codes.verificationURI,
            verificationURIComplete: codes.verificationURIComplete, interval: .seconds(codes.interval),
            expiresAt: flow.expiresAt)
    }

    private func deviceDraft(
        _ request: RedeemRequest, _ grant: CheckedGrant, _ definition: Definition, _ caller: Caller
    ) async throws -> Draft {
        guard let id = request.connection else {
            let record = try await connection(for: request, grant, definition, caller)
            let inputs = CheckedInputs(plain: record.inputs, sealed: record.sealedInputs)
            return Draft(record: record, inputs: inputs, isNew: true)
        }
        var renewed = AuthorizeRequest(connector: request.connector)
        renewed.inputs = request.inputs
        renewed.scopes = request.scopes
        renewed.clientMaterial = request.clientMaterial
        let draft = try await renewal(of: id, renewed, definition, caller)
        try request.requireSame(as: draft.record, for: caller)
        return draft
    }

    private func deviceCodes(_ material: Material, by actor: Actor) async throws -> DeviceAuthorization {
        let operation = ConnectorSDK.Operation.authorizeDevice
        let wire: WireRequest
        do {
            let request = try material.entry.connector.request(operation, in: material.context)
            wire = try RequestAssembly.assemble(request, secrets: material.secrets, now: .wallClock)
        } catch {
            throw PipelineError(wrapping: error)
        }
        let place = try await place(for: material.gate, by: actor)
        let response = try await send(wire, material.definition, operation: operation.name, in: place)
        let answer = response.asProviderResponse(receivedAt: parts.store.now)
        switch material.entry.connector.read(answer, to: operation, in: material.context) {
        case .device(let codes): return codes
        case .failure(let failure):
            throw Self.problem(of: failure.hiding(Array(material.secrets.values)))
        case .tokens, .further, .done, .state, .captured:
            throw Self.problem(of: ProviderFailure(.unclear, code: "no_device_code"))
        }
    }

    private func deviceFlow(_ draft: Draft, _ codes: DeviceAuthorization, _ caller: Caller) throws -> FlowRecord {
        let (now, interval) = (parts.store.now, Duration.seconds(codes.interval))
        var flow = FlowRecord(
            .random(prefix: "flow_"), for: draft.record, inputs: draft.inputs, by: caller, redirectURI: "", from: now,
            until: now + .seconds(codes.expiresIn))
        do {
            let sealed = try parts.sealer.seal(Data(codes.deviceCode.reveal().utf8), for: .deviceCode(of: flow))
            flow.device = FlowRecord.Device(sealedCode: sealed, interval: interval, pollAt: now + interval)
        } catch {
            throw PipelineError(wrapping: error)
        }
        return flow
    }

    private func store(
        _ flow: FlowRecord, of draft: Draft, rotation: RotationClass, _ caller: Caller
    ) async throws {
        let parts = parts
        try await wrapping {
            try await self.write(flow.connection) { transaction in
                if draft.isNew { try transaction.insertPending(draft.record, rotation: rotation) }
                try transaction.requireOpen(flow.connection)
                try transaction.insert(flow)
                try transaction.audit(
                    .of(caller, "authorize_device", draft.record, at: transaction.now), parts: parts)
            }
        }
    }

    /// The device code of a flow. The organization's data key must be prepared.
    func openDeviceCode(_ device: FlowRecord.Device, _ flow: FlowRecord) throws -> Secret {
        Secret(String(decoding: try parts.sealer.open(device.sealedCode, for: .deviceCode(of: flow)), as: UTF8.self))
    }
}

extension SealContext {
    /// What the token endpoint is polled with.
    static func deviceCode(of flow: FlowRecord) -> SealContext {
        SealContext(
            organization: flow.organization, connection: flow.connection, kind: .verifier,
            version: "\(flow.id)/device")
    }
}
