/// An IP address by its bytes in network order, and the kind of network it lies in.
struct IPAddress: Sendable, Equatable {
    /// 4 or 16 bytes; anything else is `forbidden`.
    let bytes: [UInt8]

    enum Network: Sendable { case global, local, forbidden }

    /// By the IANA special-purpose registries (https://www.iana.org/assignments/iana-ipv4-special-registry and
    /// …/iana-ipv6-special-registry): `local` is loopback, private and shared space; whatever no provider can be is forbidden.
    var network: Network {
        switch bytes.count {
        case 4: networkOfVersion4
        case 16: networkOfVersion6
        default: .forbidden
        }
    }

    private var networkOfVersion4: Network {
        if Self.forbidden4.contains(where: contains) { return .forbidden }
        return Self.local4.contains(where: contains) ? .local : .global
    }

    private var networkOfVersion6: Network {
        if Self.forbidden6.contains(where: contains) { return .forbidden }
        if Self.local6.contains(where: contains) { return .local }
        // An address that carries a version 4 one is judged by what it carries: NAT64 (RFC 6052), 6to4 (RFC 3056).
        if contains(Self.nat64) { return IPAddress(bytes: Array(bytes[12..<16])).network }
        if contains(Self.sixToFour) { return IPAddress(bytes: Array(bytes[2..<6])).network }
        return contains(Self.globalUnicast) ? .global : .forbidden
    }

    private func contains(_ block: Block) -> Bool {
        (0..<block.length).allSatisfy { bit in
            let mask = UInt8(0x80) >> (bit % 8)
            return bytes[bit / 8] & mask == block.prefix(bit / 8) & mask
        }
    }
}

extension IPAddress {
    /// Leading bytes and how many bits of them count.
    struct Block: Sendable {
        private let bytes: [UInt8]
        let length: Int

        init(_ bytes: [UInt8], _ length: Int) {
            self.bytes = bytes
            self.length = length
        }

        func prefix(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }
    }

    private static let forbidden4 = [
        Block([0], 8),  // this network, unspecified
        Block([169, 254], 16),  // link-local, cloud metadata
        Block([100, 100, 100, 200], 32),  // metadata of Alibaba Cloud, inside shared space
        Block([168, 63, 129, 16], 32),  // Azure's platform address
        Block([192, 0, 0], 24),  // protocol assignments, metadata of Oracle Cloud
        Block([192, 0, 2], 24), Block([198, 51, 100], 24), Block([203, 0, 113], 24),  // documentation
        Block([192, 88, 99], 24),  // 6to4 relays, deprecated
        Block([198, 18], 15),  // benchmarks
        Block([224], 4), Block([240], 4),  // multicast; reserved and broadcast
    ]
    private static let local4 = [
        Block([127], 8), Block([10], 8), Block([172, 16], 12), Block([192, 168], 16),
        Block([100, 64], 10),  // shared space, RFC 6598
    ]
    private static let forbidden6 = [
        Block([0xfd, 0x00, 0x0e, 0xc2], 32),  // metadata of AWS
        Block([0xfd, 0x20, 0x00, 0xce], 32),  // metadata of Google Cloud
        Block([0x20, 0x01], 23),  // protocol assignments, Teredo
        Block([0x20, 0x01, 0x0d, 0xb8], 32), Block([0x3f, 0xff], 20),  // documentation
    ]
    private static let local6 = [
        Block([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128), Block([0xfc], 7),
    ]
    private static let nat64 = Block([0x00, 0x64, 0xff, 0x9b], 96)
    private static let sixToFour = Block([0x20, 0x02], 16)
    /// All that is assigned; outside lie v4-mapped, v4-compatible, link-local, site-local, multicast and discard.
    private static let globalUnicast = Block([0x20], 3)
}
