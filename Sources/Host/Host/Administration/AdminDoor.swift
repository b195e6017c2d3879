import Glibc
import Locks
import Logging
import ServiceLifecycle
import Threads

import class Foundation.Thread

/// `admin.sock` beside the database: where commands reach the host that holds the store (DESIGN.md §5). The file is for
/// this user alone, and who connects is asked of the kernel besides. It stands while the host runs; one that a dead
/// host left is replaced: who holds the store is its only host, and none of another database in the folder answered
/// (`AdminAccess.requireFreeDoor`).
struct AdminDoor: Service {
    let path: String
    /// Who may come in: the user that runs the host.
    let owner: uid_t
    let logger: Logger
    /// Carries out a line for a user, and answers in lines.
    let perform: @Sendable (String, _ user: String, _ emit: @escaping AdminOperations.Emit) async -> Void
    private let visitors = Visitors()

    init(
        path: String, owner: uid_t = geteuid(), logger: Logger,
        perform: @escaping @Sendable (String, _ user: String, _ emit: @escaping AdminOperations.Emit) async -> Void
    ) {
        self.path = path
        self.owner = owner
        self.logger = logger
        self.perform = perform
    }

    func run() async throws {
        do {
            let socket = try UnixSocket.listening(at: path)
            // Waits in accept: no thread of Swift's pool.
            Thread { accept(on: socket) }.start()
            try? await gracefulShutdown()
            unlink(path)
            socket.shutDown()
        } catch {
            logger.error("commands cannot reach this host", metadata: ["code": "\(error)"])
            try? await gracefulShutdown()
        }
    }

    private func accept(on socket: UnixSocket) {
        while let visitor = socket.accepted() {
            visitor.limit(to: 30)
            guard visitors.enter() else {
                visitor.close()
                continue
            }
            // Ends by itself: an operation that was begun is carried out, whoever goes away meanwhile.
            Task(executorPreference: WaitingThreads.shared) {
                await serve(visitor)
                visitor.close()
                visitors.leave()
            }
        }
        socket.close()
    }

    private func serve(_ visitor: UnixSocket) async {
        // Read first, whoever it is: closed with something unread, a socket loses what was answered.
        var lines = SocketLines(visitor, longest: 65_536)
        guard let line = try? lines.next() else { return }
        guard let peer = visitor.peer, peer == owner else {
            logger.warning("a command of another user was refused", metadata: ["caller": "\(visitor.peer ?? 0)"])
            let problem = AdminProblem(
                "forbidden", "The host runs as \(UnixUser.name(of: owner)); run this command as that user.")
            try? visitor.send(line: AdminLine.problem(problem).text)
            return
        }
        await perform(line, UnixUser.name(of: peer)) { try visitor.send(line: $0.text) }
    }
}

/// How many are inside; commands are few.
private final class Visitors: Sendable {
    private let count = Locked(0)
    private static let most = 8

    func enter() -> Bool {
        count.withLock { count in
            guard count < Self.most else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
