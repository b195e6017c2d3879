"""How many calls had which answers in each second, and how long they took."""

import collections
import time

# Upper ends of the classes that times are counted in, in seconds: each a fifth longer than the one before.
CLASSES = [0.0005 * 1.2**step for step in range(60)]


def class_of(seconds: float) -> int:
    """The class that a time falls into."""
    low, high = 0, len(CLASSES) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if seconds <= CLASSES[middle] else (middle + 1, high)
    return low


class Tally:
    """Counts of the second that runs, written when it is over."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.second = int(time.time())
        self.clear()

    def clear(self) -> None:
        self.answers = {"read": collections.Counter(), "refresh": collections.Counter()}
        self.times = {"read": collections.Counter(), "refresh": collections.Counter()}
        self.unverified = 0

    def count(self, what: str, status: int, seconds: float) -> None:
        """One answer; status 0 is none."""
        self.answers[what][status] += 1
        if status == 200:
            self.times[what][class_of(seconds)] += 1

    def tick(self) -> None:
        """Writes the second that is over, if one is."""
        if int(time.time()) != self.second:
            self.end()
            self.second = int(time.time())

    def end(self) -> None:
        """Writes what there is."""
        self.fleet.write("second", second=self.second, answers=self.answers, times=self.times,
                         unverified=self.unverified)
        self.clear()
