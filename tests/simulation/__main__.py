"""Runs many seeds and prints one line of JSON; with `--story` every event of a failing one."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from tests.simulation.machines import Wrong
from tests.simulation.mutants import MUTANTS
from tests.simulation.world import World


def run(seed: int, *, keep_story: bool = False) -> tuple[World, str]:
    """The world after its history, and what went wrong in it."""
    world = World(seed, keep_story=keep_story)
    try:
        world.run()
    except Wrong as error:
        return world, str(error)
    return world, ""


def run_many(seeds: range, *, keep_story: bool = False) -> dict[str, Any]:
    began = time.process_time()
    events = transactions = purchases = 0
    failing: dict[int, str] = {}
    for seed in seeds:
        world, wrong = run(seed, keep_story=keep_story)
        events += world.events
        transactions += world.transactions
        purchases += world.auditor.bought
        if wrong:
            failing[seed] = wrong[:400]
            for line in world.story or ():
                print(line)
    seconds = time.process_time() - began
    return {
        "seeds": len(seeds),
        "events": events,
        "transactions": transactions,
        "purchases": purchases,
        "seconds": round(seconds, 1),
        "failing": failing,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--mutant", choices=sorted(MUTANTS), default=None)
    parser.add_argument("--story", action="store_true")
    asked = parser.parse_args()
    seeds = range(asked.start, asked.start + asked.seeds)
    if asked.mutant:
        with MUTANTS[asked.mutant]():
            found = run_many(seeds, keep_story=asked.story)
    else:
        found = run_many(seeds, keep_story=asked.story)
    print(json.dumps(found))
    raise SystemExit(bool(found["failing"]))


if __name__ == "__main__":
    main()
