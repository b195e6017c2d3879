import Model
import Pipeline
import Testing

@testable import API

@Suite struct QueryReaderTests {
    private func token(_ query: String?) throws -> TokenRequest {
        try TokenRequest.read(try QueryReader(query, allowing: ["min_validity", "name"]))
    }

    @Test func aTokenIsAskedForWithDefaults() throws {
        let request = try token(nil)
        #expect(request.name == "default" && request.minimumValidity == .seconds(60))
        let other = try token("min_validity=0&name=bot")
        #expect(other.name == "bot" && other.minimumValidity == .zero)
        #expect(try token("min%5Fvalidity=8640%30").minimumValidity == .seconds(86_400))
        #expect(try token("&&min_validity=5&").minimumValidity == .seconds(5))
    }

    @Test(arguments: [
        "min_validity=", "name=", "min_validity=-1", "min_validity=86401", "min_validity=1.5", "min_validity=+5",
        "min_validity=٣",
        "min_validity=99999999999999999999", "min_validity", "minvalidity=5", "Name=x", "name=a&name=a", "name=a/b",
        "name=%0d%0a", "=", "name=\(String(repeating: "n", count: 600))",
    ])
    func wrongParametersAreNamed(_ query: String) {
        let error = expect(.invalidInput) { _ = try token(query) }
        #expect(error?.fields.count == 1)
    }

    @Test(arguments: ["name=%", "name=%4", "name=%zz", "name=%ff", "%C3=x"])
    func brokenEscapesAreMalformed(_ query: String) { expect(.malformed) { _ = try token(query) } }

    @Test func tooManyParametersAreMalformed() {
        expect(.malformed) { _ = try token(String(repeating: "name=a&", count: 101)) }
    }

    @Test func unknownParametersAreNamedAndNotReflected() {
        let error = expect(.invalidInput) { _ = try token("<script>alert(1)%3C/script%3E\u{7f}=1") }
        #expect(error?.fields.first?.name == "<script>alert(1)</script>?")
        #expect(
            expect(.invalidInput) { _ = try QueryReader("x=1", allowing: []) }?.fields.first?.detail
                == "this route takes no parameters")
    }

    @Test func wordsAreThoseThatExist() throws {
        let query = try QueryReader(
            "status=needs_reauthorization&types=TOKEN_CREATED,appEnabled", allowing: ["status", "types"])
        #expect(try query.word("status", as: ConnectionStatus.self) == .needsReauthorization)
        #expect(try query.words("types", as: EventRecord.Kind.self) == [.tokenCreated, .appEnabled])
        for wrong in ["status=ACTIVE", "status="] {
            expect(.invalidInput) {
                _ = try QueryReader(wrong, allowing: ["status"]).word("status", as: ConnectionStatus.self)
            }
        }
        for wrong in ["types=", "types=TOKEN_CREATED,", "types=token_created"] {
            expect(.invalidInput) {
                _ = try QueryReader(wrong, allowing: ["types"]).words("types", as: EventRecord.Kind.self)
            }
        }
    }

    @Test func callbackParametersKeepTheirOrder() throws {
        let pairs = try QueryReader.pairs("code=a%2Fb+c&state=s&code=second&empty=&flag")
        #expect(pairs.map(\.name) == ["code", "state", "code", "empty", "flag"])
        #expect(pairs.map(\.value) == ["a/b c", "s", "second", "", ""])
    }

    @Test func shapes() {
        #expect(Shapes.isConnector("google-workspace-2") && !Shapes.isConnector("Google") && !Shapes.isConnector(""))
        #expect(
            !Shapes.isConnector("a/b") && !Shapes.isConnector("a%2Fb")
                && !Shapes.isConnector(String(repeating: "a", count: 65)))
        #expect(
            Shapes.isName("conn_0aZ.~-") && !Shapes.isName("a b") && !Shapes.isName("@") && !Shapes.isName("é")
                && !Shapes.isName("["))
        #expect(
            Shapes.isTicket("abcdefghijklmnop_-") && !Shapes.isTicket("short") && !Shapes.isTicket("abcdefghijklmnop="))
        #expect(
            Shapes.isVisible("a~!") && !Shapes.isVisible("a b") && !Shapes.isVisible("a\r\nb") && !Shapes.isVisible(""))
    }
}
