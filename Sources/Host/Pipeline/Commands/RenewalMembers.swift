import Model

/// A call that may name a connection to renew, with members that belong to the making of one.
protocol RenewalRequest {
    var givenClient: String? { get }
    var name: String? { get }
    var owner: String? { get }
    var metadata: String? { get }
}

extension AuthorizeRequest: RenewalRequest {}
extension RedeemRequest: RenewalRequest {}

extension RenewalRequest {
    /// Refuses members that say something else than the connection that is renewed does.
    func requireSame(as record: ConnectionRecord, for caller: Caller) throws {
        try PipelineError.refuse(
            differences(from: record, owner: try owner.map { try caller.owner(named: $0) }),
            "A renewal leaves these as they are; leave them out.")
    }

    /// Those members: a caller who takes them for changed would be wrong.
    func differences(from record: ConnectionRecord, owner: ConnectionRecord.Owner?) -> [PipelineError.Field] {
        let members: [(name: String, isOther: Bool, value: String)] = [
            ("client", givenClient.map { $0 != record.client } ?? false, record.client),
            ("name", name.map { $0 != record.name } ?? false, record.name),
            ("owner", owner.map { $0 != record.owner } ?? false, record.owner.description),
            ("metadata", metadata.map { $0 != record.metadata } ?? false, "other"),
        ]
        return members.filter(\.isOther).map {
            PipelineError.Field($0.name, "is \($0.value) for this connection, and a renewal does not change it")
        }
    }
}
