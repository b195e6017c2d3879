"""The server's log, as it tells of statements."""

import unittest

from postgres import statements


class StatementsTest(unittest.TestCase):
    """Texts and times."""

    def test_what_a_session_parsed_and_bound_counts_to_what_it_executes(self) -> None:
        """Sessions are told apart, texts of several lines are put together, other lines are left out."""
        log = (
            "12 LOG:  duration: 0.100 ms  parse <unnamed>: SELECT connection\n\t  FROM line\n"
            "12 LOG:  duration: 0.200 ms  bind <unnamed>: SELECT connection\n\t  FROM line\n"
            "13 LOG:  duration: 0.500 ms  execute <unnamed>: BEGIN\n12 LOG:  checkpoint starting: time\n"
            "12 LOG:  duration: 0.300 ms  execute <unnamed>: SELECT connection\n\t  FROM line\n")
        found = [(text, round(took, 3)) for text, took in statements(log)]
        self.assertEqual(found, [("BEGIN", 0.5), ("SELECT connection FROM line", 0.6)])

    def test_what_was_parsed_and_never_executed_counts_to_nothing(self) -> None:
        """A statement that was refused, for one."""
        log = "".join(
            f"12 LOG:  duration: {took} ms  {step} <unnamed>: SELECT 1\n"
            for took, step in (("5.0", "parse"), ("0.1", "parse"), ("0.1", "bind"), ("0.1", "execute")))
        self.assertEqual([round(took, 3) for _, took in statements(log)], [0.3])


if __name__ == "__main__":
    unittest.main()
