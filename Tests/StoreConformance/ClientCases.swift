import ConnectorSDK
import Foundation
import Model
import StoreContract

let clientCases: [StoreCase] = [
    StoreCase("a client comes back with every field; another organization's is not found (SECURITY 34)") { store in
        let client = fullClient(Samples.organization)
        let bare = ClientRecord(
            key: ClientKey(organization: Samples.organization, connector: "github"),
            updatedAt: Timestamp(milliseconds: 1))
        try await store.write {
            try $0.save(client)
            try $0.save(bare)
        }
        try await store.read {
            try requireEqual(try $0.client(client.key), client)
            try requireEqual(try $0.client(bare.key), bare)
            try requireEqual(try $0.clients(organization: Samples.organization), [bare, client])
            try requireEqual(try $0.clients(organization: Samples.other), [])
            let other = ClientKey(organization: Samples.other, connector: "sandbox", name: "eu")
            try requireEqual(try $0.client(other), nil)
        }
    },
    StoreCase("saving a client again replaces it whole, its secrets too") { store in
        var client = fullClient(Samples.organization)
        let original = client
        try await store.write { try $0.save(original) }
        client.sealedSecrets = ["client_secret": Data([7])]
        client.settings = ClientRecord.Settings()
        client.scopes = []
        client.revision = 5
        let changed = client
        try await store.write { try $0.save(changed) }
        try requireEqual(try await store.read { try $0.client(changed.key) }, changed)
        try await store.write { try $0.erase(changed.key) }
        try requireEqual(try await store.read { try $0.client(changed.key) }, nil)
        try await store.write { try $0.save(ClientRecord(key: changed.key, updatedAt: Timestamp(milliseconds: 2))) }
        try requireEqual(try await store.read { try $0.client(changed.key)?.sealedSecrets }, [:])
    },
    StoreCase("a connector is enabled unless its organization disabled it") { store in
        let (mine, other) = (Samples.organization, Samples.other)
        try await store.write {
            try $0.setEnabled(false, connector: "sandbox", organization: mine)
            try $0.setEnabled(false, connector: "sandbox", organization: mine)
        }
        try await store.read {
            try requireEqual(try $0.isEnabled(connector: "sandbox", organization: mine), false)
            try requireEqual(try $0.isEnabled(connector: "github", organization: mine), true)
            try requireEqual(try $0.isEnabled(connector: "sandbox", organization: other), true)
            try requireEqual(try $0.disabledConnectors(organization: mine), ["sandbox"])
            try requireEqual(try $0.disabledConnectors(organization: other), [])
        }
        try await store.write { try $0.setEnabled(true, connector: "sandbox", organization: mine) }
        try requireEqual(try await store.read { try $0.isEnabled(connector: "sandbox", organization: mine) }, true)
    },
]

private func fullClient(_ organization: OrganizationID) -> ClientRecord {
    var client = ClientRecord(
        key: ClientKey(organization: organization, connector: "sandbox", name: "eu"),
        updatedAt: Timestamp(milliseconds: 3))
    client.clientID = "id"
    client.redirectURIs = ["https://example.com/oauth/callback"]
    client.scopes = ["read"]
    client.inputs = ["tenant": "t"]
    client.sealedSecrets = ["client_secret": Data([1]), "client_private_key": Data([2, 3])]
    client.settings.hosts = ["login.example.com"]
    client.settings.rotation = .overlap(.window(.seconds(30), afterWindow: .refuse))
    client.settings.idleLifetime = .seconds(86400)
    client.settings.absoluteLifetime = .seconds(864000)
    client.settings.exchangeWithoutState = true
    client.revision = 4
    return client
}
