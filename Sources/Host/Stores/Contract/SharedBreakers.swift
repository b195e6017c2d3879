package import Foundation
package import Model

/// Where this process is the only writer breakers live in its memory (`Store.isExclusive`).
extension StoreReader {
    package func clientBreakers() throws -> [ClientKey: Data] { [:] }
}

extension StoreTransaction {
    package func clientBreaker(_ client: ClientKey) throws -> () throws -> Data? { { nil } }

    package func changeClientBreaker(_ client: ClientKey, _ change: (Data?) throws -> Data?) throws {}

    package func setClientBreaker(_ client: ClientKey, to state: Data, replacing old: Data) throws {}
}
