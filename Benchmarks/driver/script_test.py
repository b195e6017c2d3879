"""The script that a captured refresh becomes."""

import unittest

import script
from capture import Statement, Transaction, Value
from script import Refresh


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
        [statement(script.LOCK, "keys/all"), statement(script.LOCK, f"own/{number}")],
        [statement("INSERT INTO attempt VALUES ($1, $2, $3)", "c1", attempt, None),
         statement("UPDATE version SET print = $3, sealed = $4, at = $5 WHERE connection = $1 AND attempt = $2", "c1", before,
                   bytes([number] * 32), b"sealed", f"{number}000"),
         statement(script.AUDIT, "host", f'{{"connection":"c1","n":{number}}}', b"genesis"),
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
        body = shown.partition("\\set attempt :before + 1\n")[2]
        self.assertEqual(body, """\\startpipeline
BEGIN;
SELECT <session> = <12.5/88/4242>;
SELECT * FROM line WHERE id = ANY (('["' || :connection::text || '"]')::json);
\\endpipeline
\\startpipeline
SELECT pg_advisory_xact_lock(hashtextextended(<keys/all>, 0));
SELECT pg_advisory_xact_lock(hashtextextended(:attempt, 0));
\\endpipeline
\\startpipeline
INSERT INTO attempt VALUES (:connection, :attempt, NULL);
UPDATE version SET print = :attempt, sealed = <\\x7365616c6564>, at = <3000> WHERE connection = :connection AND attempt = :before;
SELECT append_audit(:chain, <{"connection":"c1","n":3}>, <\\x67656e65736973>);
COMMIT;
\\endpipeline
""")

    def test_what_is_not_understood_any_more_ends_it(self) -> None:
        """Another way to write the audit, refreshes that differ, and what pgbench reads as its own."""
        silent = Refresh("c1", "a1", "a2", [Transaction(0, [[statement("BEGIN"), statement("COMMIT")]])])
        for first, second in (
            (silent, silent), (refresh(3), refresh(4, statement("SELECT 1"))),
            (refresh(3, statement("SELECT 'a:b'")), refresh(4, statement("SELECT 'a:b'"))),
        ):
            self.assertRaises(SystemExit, script.make, first, second, ("77", "88"))


if __name__ == "__main__":
    unittest.main()
