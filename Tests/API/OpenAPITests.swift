import ConnectorSDK
import Foundation
import HTTPTypes
import Pipeline
import Testing

@testable import API

/// The document in itself: complete, without loose ends, and with examples that fit.
@Suite struct OpenAPITests {
    private static let text = OpenAPIDocument.text(version: "1.2.3")

    /// Null when it cannot be read.
    private static let document = (try? JSONReader.readStrictly(text.utf8)) ?? .null

    private static func value(_ pointer: String) -> JSONValue? { JSONPointer(pointer).flatMap { document[$0] } }

    private static func references(in value: JSONValue) -> Set<String> {
        switch value {
        case .object(let members):
            members.reduce(into: []) { all, member in
                if member.key == "$ref", case .string(let reference) = member.value { all.insert(reference) }
                all.formUnion(references(in: member.value))
            }
        case .array(let elements): elements.reduce(into: []) { $0.formUnion(references(in: $1)) }
        default: []
        }
    }

    @Test func itIsJSONWithoutNamesThatComeTwice() {
        #expect(Self.value("/openapi") == .string("3.1.1"))
        #expect(Self.value("/info/version") == .string("1.2.3"))
        #expect(Self.value("/servers") == .array([.object(["url": .string(OpenAPIDocument.server)])]))
    }

    @Test(
        "the server is where the document came from, also behind a PUBLIC_URL with a path",
        arguments: [
            ("http://127.0.0.1:8080/openapi.json", "http://127.0.0.1:8080/"),
            ("https://example.com/tokens/openapi.json", "https://example.com/tokens/"),
        ])
    func server(_ document: String, _ base: String) throws {
        let resolved = try #require(URL(string: OpenAPIDocument.server, relativeTo: URL(string: document)))
        #expect(resolved.absoluteString == base)
    }

    @Test func everyReferenceLeadsSomewhere() {
        let references = Self.references(in: Self.document)
        #expect(references.count > 80)
        for reference in references {
            #expect(reference.hasPrefix("#/"))
            let isThere = Self.value(String(reference.dropFirst())) != nil
            #expect(isThere, "\(reference)")
        }
    }

    @Test func everySharedSchemaIsUsedAndNamedOnce() {
        #expect(Set(SharedSchema.all.map(\.name)).count == SharedSchema.all.count)
        for shape in SharedSchema.all {
            #expect(Self.text.contains("#/components/schemas/\(shape.name)\""), "\(shape.name)")
        }
    }

    @Test(arguments: Operations.all.map(\.id))
    func everyOperationIsWhole(_ id: String) throws {
        let operation = try #require(Operations.all.first { $0.id == id })
        #expect(Operations.all.count { $0.id == id } == 1)
        #expect(Operations.all.count { $0.place == operation.place } == 1)
        let named = operation.template.matches(of: /\{(\w+)\}/).map { String($0.output.1) }
        #expect(operation.parameters.filter { $0.place == .path }.map(\.name) == named)
        #expect(!operation.answers.isEmpty)
        // A body that may be left out has no member that may not, and the other way around.
        if let body = operation.body {
            #expect(SchemaCheck.problems(with: .object([:]), by: body.schema.json).isEmpty != body.isRequired)
        }
    }

    @Test(arguments: Operations.all.map(\.id))
    func examplesFitTheirSchemas(_ id: String) throws {
        let operation = try #require(Operations.all.first { $0.id == id })
        if let body = operation.body { try check(body.example, body.schema) }
        for parameter in operation.allParameters { try check(parameter.example, parameter.schema) }
        for answer in operation.answers where answer.type == "application/json" {
            guard let schema = answer.schema else { continue }
            let isAnything = schema.json == Schema.anyObject.json
            #expect((answer.example == nil) == isAnything, "\(id) \(answer.status) wants an example")
            if let example = answer.example { try check(example, schema) }
        }
        for problem in operation.problemAnswers where !problem.isPage {
            let content = try #require(problem.json["content"]?["application/problem+json"])
            try check(try #require(content["example"]), Schema(json: try #require(content["schema"])))
        }
    }

    /// `method_not_allowed` is what a path answers to methods that it does not have; nothing limits callers yet.
    @Test func everyProblemCodeIsSomewhere() {
        let documented = Set(Operations.all.flatMap(\.allProblems).flatMap(\.codes))
        #expect(Set(PipelineError.Code.allCases).subtracting(documented) == [.methodNotAllowed])
    }

    @Test func aRouteWithoutOperationIsTold() throws {
        var routes = Operations.all.map { operation in
            Route.open(operation.method, operation.template) { _ in .text("") }
        }
        try OpenAPIDocument.check(against: routes)
        routes.removeAll { $0.template == "/ping" }
        routes.append(.open(.get, "/extra") { _ in .text("") })
        let error = #expect(throws: APIConfigurationError.self) { try OpenAPIDocument.check(against: routes) }
        #expect(error?.description.contains("GET /extra has no operation") == true)
        #expect(error?.description.contains("GET /ping has an operation and no route") == true)
    }

    private func check(_ example: OrderedJSON, _ schema: Schema, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let problems = SchemaCheck.problems(with: try JSONReader.read(example.document.utf8), by: schema.json)
        #expect(problems.isEmpty, "\(problems)", sourceLocation: sourceLocation)
    }
}
