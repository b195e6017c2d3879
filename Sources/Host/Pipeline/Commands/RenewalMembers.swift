import Model

extension RedeemRequest {
    /// Members that say something else than the connection that is renewed does: a caller who takes them for changed would
    /// be wrong.
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
