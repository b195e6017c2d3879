import Locks
import RefreshProtocol
import StoreContract

/// Places of shared windows that were taken for one call, until it is made or they are given back: then nothing is left.
final class CallPermit: Sendable {
    typealias Held = (key: CallWindowKey, place: HeldPlaces.Place)

    private let windows: SharedWindows
    private let places: Locked<[Held]>

    init(_ places: [Held], of windows: SharedWindows) {
        self.windows = windows
        self.places = Locked(places)
    }

    deinit { giveBack() }

    /// Nothing is called.
    func giveBack() { windows.giveBack(end()) }

    /// The first byte is about to be written.
    /// - Returns: false: it must not be; this was given back, or was given too long ago.
    func call() -> Bool {
        let places = end()
        return !places.isEmpty && windows.call(places)
    }

    private func end() -> [Held] {
        places.withLock { places in
            defer { places = [] }
            return places
        }
    }
}
