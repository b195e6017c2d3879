package import Model

package import struct Foundation.Data

/// What a transaction can read. Everything that callers ask for is asked for with their organization: another
/// organization's object is not found, never forbidden (SECURITY.md line 34). What takes no organization is for the
/// host's own work.
package protocol StoreReader {
    /// The store's clock, the same for the whole transaction.
    var now: Timestamp { get }

    // MARK: Connections and lines

    /// Also a deleted one: callers that serve people check `deletedAt`.
    func connection(_ id: ConnectionID) throws -> ConnectionRecord?
    /// In order of `(createdAt, id)`, after `cursor`; at most `limit`; deleted ones left out.
    func connections(_ filter: ConnectionFilter, after cursor: ConnectionCursor?, limit: Int) throws
        -> [ConnectionRecord]
    func connection(named name: String, connector: String, owner: ConnectionRecord.Owner, organization: OrganizationID)
        throws -> ConnectionRecord?
    /// Whether a connection uses the client that is not deleted, or whose revocation still needs it.
    func isUsed(_ client: ClientKey) throws -> Bool
    /// Connections with `revocation == .pending` whose `revokeAt` has come, earliest first. Of one organization, or of
    /// all, as everything that is due.
    func connectionsAwaitingRevocation(of organization: OrganizationID?, limit: Int) throws -> [ConnectionRecord]
    /// Connections whose `stepAt` has come, earliest first; deleted ones left out.
    func connectionsWithDueSteps(of organization: OrganizationID?, limit: Int) throws -> [ConnectionRecord]
    /// Organizations that have such work, in order, after that one: those for which some is due, of so many as are looked
    /// at. What it costs does not depend on how much is due.
    func organizations(withDue work: DueWork, after: OrganizationID?, visiting: Int) throws -> DueOrganizations
    /// Deleted connections whose revocation is over: their rows wait for the last attempt.
    func tombstones(limit: Int) throws -> [ConnectionRecord]
    /// Connections of an organization in order of their ids, after that one; deleted ones too.
    func connections(of organization: OrganizationID, after: ConnectionID?, limit: Int) throws -> [ConnectionRecord]
    /// How many there are, by connector and line state, deleted ones left out. Of one organization, or of all.
    func connectionCounts(organization: OrganizationID?) throws -> [ConnectionCount]

    /// The line with its open and ambiguous attempts, its current version and candidates (see `Line`).
    func line(_ id: LineID) throws -> Line?
    /// The same, and this attempt and the version it brought, whatever they are.
    func line(_ id: LineID, withAttempt attempt: AttemptID) throws -> Line?
    /// The state of a line as this transaction sees it; nil when it is not there.
    func stamp(of line: LineID) throws -> LineStamp?
    /// All lines of a connection, its first one first.
    func lines(of connection: ConnectionID) throws -> [Line]
    /// One attempt, whatever its state.
    func attempt(_ id: AttemptID) throws -> Attempt?
    /// The version of that generation, superseded ones too.
    func version(of line: LineID, generation: Int64) throws -> TokenVersion?
    /// Every stored version of a line, newest generation first.
    func versions(of line: LineID) throws -> [TokenVersion]
    /// Newest first, before `cursor` (a rowid-like number, nil for the newest).
    func timeline(of connection: ConnectionID, before cursor: Int64?, limit: Int) throws -> [TimelineEntry]
    /// The newest attempt of a line that is closed.
    func lastClosedAttempt(of line: LineID) throws -> Attempt?
    /// Lines to look at now: `Line.wakeAt`, or the time they were postponed to, has passed; earliest first. Disabled
    /// ones only while there is something to finish (`Line.mustFinish`).
    func dueLines(of organization: OrganizationID?, limit: Int) throws -> [DueLine]
    /// Lines of which something is to be told now (`Line.noticeAt` has passed), the longest due first.
    func linesToTell(limit: Int) throws -> [LineID]
    /// All lines in order of their ids, after that one (PROTOCOL.md §9: every line, when the store went back).
    func lines(after: LineID?, limit: Int) throws -> [LineID]
    /// Lines with an attempt of this host that is open or ambiguous (row 26). Reads all such attempts: for a start.
    func lines(withPendingAttemptsOf host: HostID) throws -> [LineID]
    /// The connection that held this fingerprint first, in any version, candidates too (PROTOCOL.md §2).
    func connection(withFingerprint fingerprint: Data) throws -> ConnectionID?

    // MARK: Clients and connectors

    func client(_ key: ClientKey) throws -> ClientRecord?
    func clients(organization: OrganizationID) throws -> [ClientRecord]
    /// Enabled unless disabled.
    func isEnabled(connector: String, organization: OrganizationID) throws -> Bool
    func disabledConnectors(organization: OrganizationID) throws -> Set<String>

    // MARK: Flows

    func flow(_ id: FlowID) throws -> FlowRecord?
    func flow(stateHash: Data) throws -> FlowRecord?
    func flow(ticketHash: Data) throws -> FlowRecord?
    /// The newest authorization of that connection that has ended, if any is kept.
    func lastEndedFlow(of connection: ConnectionID) throws -> FlowRecord?
    /// Whether a code of that connection was presented and its answer is not stored yet.
    func isExchanging(_ connection: ConnectionID) throws -> Bool
    /// Whether an authorization of that connection has neither ended nor expired.
    func hasOpenFlow(_ connection: ConnectionID) throws -> Bool
    /// Device authorizations that have not ended and are to be polled by now, the longest due first.
    func flowsToPoll(of organization: OrganizationID?, limit: Int) throws -> [FlowRecord]

    // MARK: Events, audit, hosts, keys

    // Readers of events go on after the highest number they have seen, so none may be committed later under a lower one.
    // SQLite has one writer: it numbers in the order of commits. A store with several writers must not show a number while
    // a transaction that drew a lower one may still commit (PostgreSQL: nothing above the oldest running transaction,
    // `pg_snapshot_xmin`), neither in `events` nor as the newest of `eventRange` nor to `queueDeliveries`.

    /// In order, after that sequence number; each with its own.
    func events(organization: OrganizationID, kinds: Set<EventRecord.Kind>?, after sequence: Int64, limit: Int) throws
        -> [(sequence: Int64, event: EventRecord)]
    /// The lowest sequence number still kept (0: none is) and the highest given so far, kept or not (0: none yet).
    func eventRange() throws -> (oldest: Int64, newest: Int64)
    /// The sequence number up to which a sink has taken the outbox; nil: there is no such sink.
    func sinkPosition(_ sink: String) throws -> Int64?
    /// Deliveries whose `dueAt` has come, earliest first: at most one of each key, its first.
    func dueDeliveries(of sink: String, limit: Int) throws -> [Delivery]
    /// Deliveries that were given up, in order, after that sequence number.
    func deadLetters(of sink: String, after sequence: Int64, limit: Int) throws -> [Delivery]
    func sinkState(_ sink: String) throws -> SinkState
    /// The newest link of a host's write chain.
    func auditHead(of host: HostID) throws -> AuditEntry?
    func audit(of host: HostID, after sequence: Int64, limit: Int) throws -> [AuditEntry]
    func hosts() throws -> [HostRecord]
    /// Wrapped data keys, oldest first.
    func dataKeys(of organization: OrganizationID) throws -> [DataKeyRecord]
    /// All organizations that ever sealed something, in order.
    func organizations() throws -> [OrganizationID]
    /// How far the deletion of an organization is; nil: nobody deletes it.
    func end(of organization: OrganizationID) throws -> OrganizationEnd?
    /// Of all organizations that are deleted or were, in order.
    func organizationEnds() throws -> [OrganizationEnd]
    /// An entry of the installation: `epoch`, `key_check`, `installation_secret`, `app_config`, checkpoints.
    func setting(_ name: String) throws -> Data?
    /// The same without a lock, for who does not write it: keeps nobody else waiting.
    func setting(asItIs name: String) throws -> Data?
    /// The highest mark drawn so far (PROTOCOL.md §2).
    func highestMark() throws -> Int64
    /// What is held against what is known outside the store; keeps nobody else waiting.
    func sight() throws -> StoreSight
    /// A stored answer for an `Idempotency-Key`, younger than a day. Of who asks in transactions that write, one at a time
    /// finds none.
    func idempotentAnswer(_ key: String) throws -> IdempotentAnswer?
    /// Breakers of all clients that have trouble (`SharedBreaker`, encoded). Only stores of several hosts keep them.
    func clientBreakers() throws -> [ClientKey: Data]
}

/// What a transaction can write, besides reading.
package protocol StoreTransaction: StoreReader {
    // While an organization has an end that is in force (`isInForce`), nothing of it is begun: `insert` of a connection
    // and of a flow, `save` of a client and `setEnabled` throw `StoreError.Code.ended`, and so does `insert` of a data
    // key once it is erased (`isErased`).

    /// Asks for a client's breaker together with whatever is asked next, without a lock and without a round trip of its
    /// own. The answer is there after that.
    func clientBreaker(_ client: ClientKey) throws -> () throws -> Data?
    /// Changes it as it is stored now, one writer after the other; nil: the client has no trouble.
    func changeClientBreaker(_ client: ClientKey, _ change: (Data?) throws -> Data?) throws
    /// - Throws: `StoreRule.clientBreaker` where it is another one by now, at the latest when the transaction commits.
    func setClientBreaker(_ client: ClientKey, to state: Data, replacing old: Data) throws
    /// Changes windows of calls as they are stored now, one writer of each after the other: gets those that there are and
    /// the time, read once nobody else can change them, and gives those to be written.
    func changeCallWindows(
        _ keys: Set<CallWindowKey>,
        _ change: ([CallWindowKey: Data], Timestamp) throws -> [CallWindowKey: StoredCallWindow]
    ) throws

    func insert(_ connection: ConnectionRecord) throws
    /// - Throws: `StoreError.Code.missing` when it is not there, as every update of one row.
    func update(_ connection: ConnectionRecord) throws
    /// Erases a connection with its lines, attempts, versions and flows; its events stay.
    func erase(_ connection: ConnectionID) throws

    /// Writes the difference of two states of one line, as it was loaded in this transaction; `old` nil inserts it.
    /// Attempts and versions that are in `old` only stay as they are: a store never forgets what is left out.
    func save(_ line: Line, replacing old: Line?) throws
    /// Takes a line out of `dueLines` until then, or until it is saved again: for a claim that had to wait and changed
    /// nothing (breaker, rate limit, holder), so that it does not stand before the others.
    /// - Parameter fence: As the line had it; nothing happens if it has moved. Nil: whatever it is.
    func postpone(_ line: LineID, until time: Timestamp, fence: Int64?) throws
    // Claims say who begins what is due, where several hosts share a store. A claim is no more than a time: one that dies
    // with its host comes up again by itself. Whoever is just taking some leaves them to another, and waits for nobody.

    /// Takes those of these lines that are due out of `dueLines` until then, or until they are saved.
    /// - Returns: the ones it got.
    func claim(lines: Set<LineID>, until time: Timestamp) throws -> Set<LineID>
    /// A claim that ended early: the line is due from that time on, unless it was saved or postponed since.
    func release(_ line: LineID, claimedUntil claim: Timestamp, dueAt time: Timestamp) throws
    /// Takes those of these connections that are due out of `connectionsAwaitingRevocation` until then.
    /// - Returns: the ones it got.
    func claim(revocations: Set<ConnectionID>, until time: Timestamp) throws -> Set<ConnectionID>

    func save(_ client: ClientRecord) throws
    func erase(_ client: ClientKey) throws
    /// Switches a connector, and with it `Line.enabled` of all its lines in that organization.
    func setEnabled(_ enabled: Bool, connector: String, organization: OrganizationID) throws

    func insert(_ flow: FlowRecord) throws
    func update(_ flow: FlowRecord) throws
    /// Erases flows that ended or expired before that time, the oldest first and at most so many, with the connections
    /// that they made and never filled: those without a version, and with no attempt but exchanges that certainly brought
    /// none. One whose code was presented and whose answer is missing stays until it expired before `longAgo`: its answer
    /// may wait in a spool.
    /// - Returns: how many were erased; less than the limit: those were all.
    func eraseFlows(endedBefore time: Timestamp, unansweredBefore longAgo: Timestamp, limit: Int) throws -> Int

    /// Appends to the outbox, in order.
    func append(_ event: EventRecord) throws
    /// Erases events older than that, from the front up to the first that is not; sequence numbers are never given twice.
    func eraseEvents(before time: Timestamp) throws
    /// Adds a sink that is to have what is appended from now on; one that is there stays where it is.
    func openSink(_ sink: String) throws
    /// Turns the next events of the outbox, of all organizations, into deliveries, and gives their number. Those that are
    /// the first of their key are due at once.
    /// - Throws: `StoreError.Code.missing` when there is no such sink.
    func takeEvents(for sink: String, limit: Int) throws -> Int
    /// Takes deliveries that are due out of `dueDeliveries` until then, earliest first, each with `claimedUntil`.
    func claimDeliveries(of sink: String, limit: Int, until time: Timestamp) throws -> [Delivery]
    // Of a delivery that is gone meanwhile nothing is changed, nor of one that was claimed and that others have claimed
    // since: they note what becomes of it.
    /// It arrived: it is erased, and the next of its key is due.
    func finish(_ delivery: Delivery) throws
    /// It failed and is to be tried again then. A replayed one that is ahead of it by now goes first.
    func retry(_ delivery: Delivery, at time: Timestamp, after failure: String) throws
    /// It failed and is given up: it becomes a dead letter, and the next of its key is due.
    func bury(_ delivery: Delivery, after failure: String) throws
    /// Makes dead letters deliveries again as if they were new, each before the later ones of its key.
    /// - Parameter events: their ids; nil: all.
    /// - Returns: the ids of those that there were.
    func replay(_ events: Set<String>?, of sink: String) throws -> Set<String>
    /// Erases deliveries and dead letters that were taken before that.
    func eraseDeliveries(takenBefore time: Timestamp) throws
    /// Appends the next link of a host's chain.
    func append(_ record: UnlinkedRecord) throws

    /// Notes that a host lives, now. One that was declared lost and speaks again is not lost.
    func heartbeat(of host: HostID, boot: BootID) throws
    func setLost(_ lost: Bool, host: HostID) throws
    func insert(_ key: DataKeyRecord) throws
    /// Reserves encryptions and gives the new total (SECURITY.md line 22).
    func reserveEncryptions(_ count: Int64, of key: String) throws -> Int64
    func retire(dataKey id: String) throws
    /// Puts another wrapping of the same key in the place of this one.
    /// - Returns: false when it is not stored any more, as when somebody else was here before.
    func rewrap(dataKey id: String, from old: Data, to new: Data) throws -> Bool
    /// Inserts an end, or writes how far it has come.
    func save(_ end: OrganizationEnd) throws
    /// Forgets an end, as one that another follows.
    func eraseEnd(of organization: OrganizationID) throws
    /// Erases all that belongs to an organization, its data keys with it: connections and all of theirs, clients,
    /// switches, events, deliveries. Its end stays, the audit too, and answers that nobody can open any more until they
    /// are a day old. `eventRange` stays what it was: others tell by it whether they missed something.
    func erase(_ organization: OrganizationID) throws
    func set(_ value: Data, for name: String) throws
    /// The same where the entry is still as it was read, in this transaction or earlier; `old` nil: not there.
    /// - Throws: `StoreRule.setting` where it is not.
    func set(_ value: Data, for name: String, replacing old: Data?) throws
    /// Draws the next mark; never gives one twice (PROTOCOL.md §2). It counts once the transaction is committed.
    func drawMark() throws -> Int64
    /// The same together with whatever is asked next, without a round trip of its own. The answer is there after that.
    func drawMarkLater() throws -> () throws -> Int64
    /// Lets the transaction commit only while the store's epoch and session are these. It need not cost a round trip: what
    /// is wrong may be thrown at the latest by the commit.
    /// - Throws: `StoreError.Code.moved`.
    func require(_ sight: StoreSight) throws
    /// A new epoch (PROTOCOL.md §9): marks and sequence numbers of events go on above this, so above all that the lost
    /// rows had; never lowers them.
    func raiseCounters(to number: Int64) throws
    func save(_ answer: IdempotentAnswer) throws
    /// Erases what nobody can need any more and was received or closed before that time: superseded versions, except a
    /// line's newest ten generations, what an open or ambiguous attempt presented, and what was imported; closed attempts,
    /// except those that brought a version that is kept, and the newest; ambiguous ones whose holder is clear and whose
    /// generation is over, of a line that is not in VERIFY, a hand-over's only when its grant is over;
    /// candidates of an earlier grant after 30 days (PROTOCOL.md §7), unless their revocation is pending. Of so many
    /// connections in the order of their ids, so that it takes as long however many there are.
    /// - Parameter connection: The ones behind it; nil: from the first.
    /// - Returns: the last of them; nil when there are no more behind it.
    func eraseHistory(before time: Timestamp, after connection: ConnectionID?, limit: Int) throws -> ConnectionID?
    /// Erases stored answers that are a day old.
    func eraseAnswers() throws
}

extension StoreReader {
    /// A connection of that organization; another's is not found (SECURITY.md line 34).
    package func connection(_ id: ConnectionID, of organization: OrganizationID) throws -> ConnectionRecord? {
        guard let found = try connection(id), found.organization == organization else { return nil }
        return found
    }
}
