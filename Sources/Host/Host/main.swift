import Foundation

// Before anything else is opened: a socket or a database on a number that everybody prints to would get what is printed.
for descriptor in 0...2 as ClosedRange<Int32> where fcntl(descriptor, F_GETFD) < 0 {
    // The lowest number that is free, so this one.
    _ = open("/dev/null", O_RDWR)
}
let code = await CommandLineTool.run(Array(CommandLine.arguments.dropFirst()))
HostLogging.finish()
exit(code)
