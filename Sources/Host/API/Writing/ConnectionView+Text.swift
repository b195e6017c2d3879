import NIOCore
package import Pipeline

extension ConnectionView {
    /// The JSON object that the API shows, for commands.
    package var text: String {
        var json = JSONOutput()
        write(to: &json)
        return String(buffer: json.buffer)
    }
}
