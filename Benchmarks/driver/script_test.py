"""The script that a captured refresh becomes."""

import unittest

import script
from capture import Statement, Transaction, Value
from script import Refresh

LINK = "INSERT INTO audit (host, sequence, previous_hash, hash, record) SELECT $1::text, $2::bigint, $3::bytea, $4::bytea, $5::text"
HEAD = "SELECT host, sequence FROM audit WHERE host = $1 ORDER BY sequence DESC LIMIT 1"


def text(value: str | None) -> Value | None:
    """As a host binds it."""
    return None if value is None else Value(value.encode(), False)


def statement(sql: str, *values: str | bytes | None) -> Statement:
    """Bytes are bound as such."""
    return Statement(sql, tuple(Value(one, True) if isinstance(one, bytes) else text(one) for one in values))


def refresh(number: int, *more: Statement) -> Refresh:
    """The refresh of that number, of one connection."""
    before, attempt = f"a{number}", f"a{number + 1}"
    flights = [
        [statement("BEGIN"), statement("SELECT $1 = $2", "session", "12.5/77/4242"),
         statement("SELECT * FROM line WHERE id = ANY ($1::json)", '["c1"]')],
        [statement(script.LOCK, "audit/host"), statement(script.LOCK, f"own/{number}"), statement(HEAD, "host")],
        [statement("INSERT INTO attempt VALUES ($1, $2, $3)", "c1", attempt, None),
         statement("UPDATE version SET print = $3, sealed = $4, at = $5 WHERE connection = $1 AND attempt = $2", "c1", before,
                   bytes([number] * 32), b"sealed", f"{number}000"),
         statement(LINK, "host", str(number), b"previous", b"hash", f'{{"connection":"c1","n":{number}}}'),
         *more, statement("COMMIT")],
    ]
    return Refresh("c1", before, attempt, [Transaction(0, flights)])


class ScriptTest(unittest.TestCase):
    """Rows are the script's own, all else is as it was captured."""

    def test_empty_values_stand_for_themselves(self) -> None:
        """pgbench takes no empty string with -D."""
        more = statement("SELECT $1, $2", "", b"")
        self.assertIn("SELECT '', '';", script.make(refresh(3, more), refresh(4, more), ("77", "88")).text)

    def test_each_value_is_what_it_was_or_what_names_a_row(self) -> None:
        """Statement by statement."""
        made = script.make(refresh(3), refresh(4), ("77", "88"))
        shown = made.text
        for name, value in made.strings.items():
            shown = shown.replace(f":{name} ", f"<{value}> ").replace(f":{name};", f"<{value}>;") \
                .replace(f":{name},", f"<{value}>,").replace(f":{name}:", f"<{value}>:").replace(f":{name})", f"<{value}>)")
        body = shown.partition("\\set link0 :visit * 1 + 1\n")[2]
        self.assertEqual(body, """\\startpipeline
BEGIN;
SELECT <session> = <12.5/88/4242>;
SELECT * FROM line WHERE id = ANY (('["' || :connection::text || '"]')::json);
\\endpipeline
\\startpipeline
SELECT pg_advisory_xact_lock(hashtextextended(:guard, 0));
SELECT pg_advisory_xact_lock(hashtextextended(:attempt, 0));
SELECT host, sequence FROM audit WHERE host = :chain ORDER BY sequence DESC LIMIT 1;
\\endpipeline
\\startpipeline
INSERT INTO attempt VALUES (:connection, :attempt, NULL);
UPDATE version SET print = :attempt, sealed = <\\x7365616c6564>, at = <3000> WHERE connection = :connection AND attempt = :before;
INSERT INTO audit (host, sequence, previous_hash, hash, record) SELECT :chain::text, :link0::bigint, <\\x68617368>::bytea, \
<\\x68617368>::bytea, <{"connection":"c1","n":3}>::text;
COMMIT;
\\endpipeline
""")

    def test_the_numbers_of_a_clients_links_follow_each_other(self) -> None:
        """Two links of each refresh, and each names the hash that the one before it has."""
        more = statement(LINK, "host", "9", b"hash", b"another", "{}")
        made = script.make(refresh(3, more), refresh(4, more), ("77", "88"))
        self.assertIn("\\set link0 :visit * 2 + 1\n\\set link1 :visit * 2 + 2\n", made.text)
        self.assertIn(":link1::bigint", made.text)
        links = [line.split("SELECT ")[1] for line in made.text.splitlines() if line.startswith("INSERT INTO audit")]
        self.assertEqual(links[0].split(", ")[2:4], links[1].split(", ")[2:4])

    def test_what_is_not_understood_any_more_ends_it(self) -> None:
        """Other columns of the audit, refreshes that differ, and what pgbench reads as its own."""
        other = statement(LINK.replace("previous_hash", "parent"), "host", "9", b"hash", b"hash", "{}")
        for first, second in (
            (refresh(3, other), refresh(4, other)), (refresh(3), refresh(4, statement("SELECT 1"))),
            (refresh(3, statement("SELECT 'a:b'")), refresh(4, statement("SELECT 'a:b'"))),
        ):
            self.assertRaises(SystemExit, script.make, first, second, ("77", "88"))


if __name__ == "__main__":
    unittest.main()
