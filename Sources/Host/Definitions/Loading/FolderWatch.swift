/// Tells whether the definitions of a folder changed, without reading them: names, sizes and times.
package struct FolderWatch: Sendable {
    private let folder: String
    private let files: any DefinitionFiles

    package init(folder: String, files: any DefinitionFiles = DiskFiles()) {
        self.folder = folder
        self.files = files
    }

    /// Differs from the one before when a file came, went or was written. Of a folder that holds too much: empty.
    package func state() -> [String: FileStamp?] {
        guard let names = try? files.names(in: folder, most: DefinitionLoader.maximumNames) else { return [:] }
        let definitions = names.filter(DefinitionLoader.isDefinition)
        guard names.count <= DefinitionLoader.maximumNames, definitions.count <= DefinitionLoader.maximumFiles else {
            return [:]
        }
        return Dictionary(
            definitions.map { ($0, files.stamp(of: DefinitionLoader.join(folder, $0))) }, uniquingKeysWith: { $1 })
    }
}
