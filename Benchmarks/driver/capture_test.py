"""The frontend's messages, as they come."""

import struct
import unittest

from capture import SSL, Session, Value


def message(kind: bytes, content: bytes) -> bytes:
    """With its length."""
    return kind + struct.pack("!I", len(content) + 4) + content


def run(sql: str, *values: bytes | None, binary: bool = False) -> bytes:
    """Parse, Bind and Execute, all unnamed."""
    bound = b"".join(struct.pack("!i", -1) if one is None else struct.pack("!i", len(one)) + one for one in values)
    formats = struct.pack(f"!H{len(values)}H", len(values), *([int(binary)] * len(values)))
    return (
        message(b"P", b"\0" + sql.encode() + b"\0" + struct.pack("!H", 0))
        + message(b"B", b"\0\0" + formats + struct.pack("!H", len(values)) + bound + struct.pack("!HH", 1, 1))
        + message(b"D", b"P\0") + message(b"E", b"\0" + struct.pack("!I", 0)))


SYNC = message(b"S", b"")
START = message(b"", struct.pack("!I", SSL)) + message(b"", struct.pack("!I", 196608) + b"user\0host\0\0")


class CaptureTest(unittest.TestCase):
    """What goes out together, and with what values."""

    def test_flights_of_a_transaction_however_the_bytes_are_cut(self) -> None:
        """A transaction is over with its COMMIT; each Sync ends a flight."""
        sent = START + run("BEGIN") + run("SELECT $1", b"one") + SYNC + run("UPDATE t SET x = $1, y = $2", None, b"2") \
            + run("COMMIT") + SYNC
        for size in (1, 7, len(sent)):
            session, over = Session(), []
            for place in range(0, len(sent), size):
                over += session.take(sent[place:place + size])
            self.assertEqual(len(over), 1)
            self.assertEqual(over[0].shape, (("BEGIN", "SELECT $1"), ("UPDATE t SET x = $1, y = $2", "COMMIT")))
            self.assertEqual(over[0].flights[0][1].values, (Value(b"one", False),))
            self.assertEqual(over[0].flights[1][0].values, (None, Value(b"2", False)))

    def test_bytes_are_told_from_texts(self) -> None:
        """By their format."""
        over = Session().take(START + run("BEGIN") + run("SELECT $1", b"\x00\xff", binary=True) + run("COMMIT") + SYNC)
        self.assertEqual(over[0].flights[0][1].values, (Value(b"\x00\xff", True),))

    def test_what_has_no_transaction_is_one_of_its_own(self) -> None:
        """It does not take what follows with it."""
        over = Session().take(START + run("SELECT 1") + SYNC + run("BEGIN") + run("COMMIT") + SYNC)
        self.assertEqual([one.shape for one in over], [(("SELECT 1",),), (("BEGIN", "COMMIT"),)])


if __name__ == "__main__":
    unittest.main()
