import ConnectorSDK

/// Reads the answer to a device authorization request (RFC 8628 §3.2).
struct DeviceReader {
    let failures: FailureReader
    let allowsLoopback: Bool

    /// What the RFC has where an answer says nothing, and bounds for what says too much, in seconds. It demands a
    /// lifetime; without one the codes live as long as the RFC's own example has it.
    private static let standard = (lifetime: 1800, interval: 5)
    private static let bounds = (lifetime: 1...86_400, interval: 1...300)

    func read(_ answer: Answer) -> Reading {
        guard answer.isSuccessStatus, let object = answer.object, object.error == nil,
            case .object(let members) = object
        else { return .failure(failures.failure(in: answer)) }
        // Google says `verification_url`: https://developers.google.com/identity/protocols/oauth2/limited-input-device
        guard let code = text(members["device_code"], 4_096), let userCode = text(members["user_code"], 64),
            let address = page(members["verification_uri"]) ?? page(members["verification_url"])
        else { return .failure(ProviderFailure(.unclear, code: "no_device_code")) }
        return .device(
            DeviceAuthorization(
                deviceCode: Secret(code), userCode: userCode, verificationURI: address,
                verificationURIComplete: page(members["verification_uri_complete"]),
                expiresIn: seconds(members["expires_in"], Self.standard.lifetime, Self.bounds.lifetime),
                interval: seconds(members["interval"], Self.standard.interval, Self.bounds.interval)))
    }

    private func text(_ value: JSONValue?, _ longest: Int) -> String? {
        guard case .string(let text)? = value, (1...longest).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        return text
    }

    /// A page that a person is sent to: nothing but an address that a browser may open.
    private func page(_ value: JSONValue?) -> String? {
        guard let text = text(value, 2_048), (try? StrictURL(text, allowsLoopback: allowsLoopback)) != nil else {
            return nil
        }
        return text
    }

    private func seconds(_ value: JSONValue?, _ standard: Int, _ bounds: ClosedRange<Int>) -> Int {
        let digits: String? =
            switch value {
            case .number(let digits)?, .string(let digits)?: digits
            default: nil
            }
        guard let number = digits.flatMap({ Double($0) }), number.isFinite else { return standard }
        return Int(min(max(number, Double(bounds.lowerBound)), Double(bounds.upperBound)))
    }
}
