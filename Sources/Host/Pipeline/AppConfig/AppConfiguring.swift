import ConnectorSDK
import Model
import Secrets
import ServiceLifecycle
import StoreContract

/// The settings that are kept in the store. They are the host's, not an organization's: whoever has the scope decides for
/// all, and the organization he calls for is only written down.
extension TokenPipeline {
    /// Every setting that may be kept, with what is in force and where it comes from.
    package func appConfig(by caller: Caller) async throws -> AppConfigView {
        try caller.require(.readAppConfig)
        let parts = parts
        let config = try await wrapping { try await AppConfig.load(from: parts.store, parts.installation) }
        // A change that was stored although its caller heard that it was not comes into force here.
        parts.appConfig.apply(config)
        return parts.appConfig.view(of: config)
    }

    /// Changes what is kept, all of it or nothing: what is left out stays, null removes.
    /// - Parameter update: read only once it is known that the caller may: who may not learns nothing of what is asked for.
    /// - Throws: `revision_conflict` when the caller has read another version than there is, `invalid_input` with a field
    ///   for everything that is wrong.
    package func changeAppConfig(
        by caller: Caller, _ update: () throws -> AppConfigUpdate
    ) async throws -> AppConfigView {
        try caller.require(.writeAppConfig)
        let update = try update()
        let parts = parts
        let config = try await wrapping {
            try await parts.store.write { transaction -> AppConfig in
                let stored = AppConfigRecord.Stored(try transaction.setting(AppConfigRecord.setting))
                let changed = try stored.changed(by: update, of: caller, at: transaction.now, parts)
                guard let changed else { return AppConfig(stored, parts.installation) }
                let bytes = try changed.json
                try transaction.set(bytes, for: AppConfigRecord.setting, replacing: stored.bytes)
                let names = update.settings.keys.sorted().joined(separator: " ")
                try transaction.audit(
                    .of(
                        caller, "change_app_config", at: transaction.now,
                        outcome: "version \(changed.version): \(names)"), parts: parts)
                return AppConfig(AppConfigRecord.Stored(bytes), parts.installation)
            }
        }
        parts.appConfig.apply(config)
        return parts.appConfig.view(of: config)
    }

    /// Brings into force what another host has stored meanwhile.
    func followAppConfig() async {
        let parts = parts
        guard let config = try? await AppConfig.load(from: parts.store, parts.installation) else { return }
        parts.appConfig.apply(config)
    }
}

/// Looks now and then whether another host has changed the app configuration, where a store has several hosts.
struct AppConfigFollower: Service {
    let pipeline: TokenPipeline

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(5)) }
            await pipeline.followAppConfig()
        }
    }
}

extension AppConfigRecord.Stored {
    /// The record after a change; nil where it changes nothing.
    fileprivate func changed(
        by update: AppConfigUpdate, of caller: Caller, at now: Timestamp, _ parts: PipelineParts
    ) throws -> AppConfigRecord? {
        guard update.version == record.version else {
            throw PipelineError(
                .revisionConflict, "The app configuration has version \(record.version) by now; read it again.")
        }
        try refuse(update, by: parts.appConfig)
        let old = AppConfig(self, parts.installation)
        var settings = old.settings
        var changed = record
        for (name, change) in update.settings {
            if case .unchanged = change { continue }
            if case .set(let value) = change, settings[name] == value { continue }
            settings[name] = change.value
            try changed.take(change, name, isSecret: parts.appConfig.isSecret(name), parts.installation)
        }
        guard changed != record || isUnreadable else { return nil }
        try Self.refuse(parts.appConfig.problems(ofAll: settings))
        changed.version += 1
        changed.updatedAt = now
        changed.updatedBy = caller.name
        return changed
    }

    /// Looks at each change alone. What is kept may always be removed, whatever it is.
    private func refuse(_ update: AppConfigUpdate, by rules: any AppConfigRules) throws {
        try Self.refuse(
            update.settings.compactMap { name, change in
                if case .set(let value) = change { return rules.problem(with: value, for: name) }
                return record.names.contains(name) ? nil : rules.problem(withName: name)
            })
    }

    private static func refuse(_ problems: [AppConfig.Problem]) throws {
        let fields = problems.map { PipelineError.Field("settings.\($0.setting)", $0.detail) }
        try PipelineError.refuse(fields.sorted { $0.name < $1.name }, "The app configuration is not right.")
    }
}
