"""Change the chart's policies in one thing after the other: each change has to fail some test.

First by the tests without a server; what these let through, and a sample of the rest, on a real
API server. `python -m mutation [--sample N] [POLICY…]`; the sample is the same in every run.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from itertools import islice

from mutation import equivalent, live
from mutation.mutants import Mutant, mutants
from rules import stage
from rules.cluster import Cluster
from rules.policy import Policy
from rules.verdict import complaints, of_cases

SEED = 5


@lru_cache(maxsize=1)
def _cluster() -> Cluster:
    """Return the chart's own; each process evaluates with one of its own."""
    return stage.cluster(stage.chart())


def _killer(mutant: Mutant) -> str:
    """Return the first test that notices; nothing when none does."""
    return next(complaints(_cluster(), mutant.manifest, mutant.binding), "")


def _unnoticed(every: Sequence[Mutant]) -> list[Mutant]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        killed = list(pool.map(_killer, every, chunksize=8))
    return [mutant for mutant, by in zip(every, killed, strict=True) if not by]


def _sample(noticed: Sequence[Mutant], size: int) -> list[Mutant]:
    """Return some that a live case should notice too, the same in every run.

    A line that stands behind another one is only asked alone (tests/rules/alone.py): no request to
    an API server comes so far.
    """
    shuffled = random.Random(SEED).sample(noticed, len(noticed))
    return list(islice(filter(_reaches, shuffled), size))


def _reaches(mutant: Mutant) -> bool:
    changed = _cluster().with_policy(Policy(mutant.manifest, mutant.binding))
    return not equivalent.is_serverless(mutant) and any(of_cases(changed))


def _alive(suspects: Sequence[Mutant], policies: Sequence[Policy]) -> list[Mutant]:
    """Return those that the live cases let through as well."""
    originals = {policy.name: policy for policy in policies}
    with live.server() as server:
        left: list[Mutant] = []
        for mutant in suspects:
            original = originals[mutant.policy]
            assert original.binding
            by = server.killer(mutant, original.binding, original.manifest)
            print(f"live: {mutant.title}\n      {by or 'UNNOTICED'}", flush=True)
            if not by:
                left.append(mutant)
        return left


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutate-policies", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="try so many of the rest live, too")
    parser.add_argument("policy", nargs="*", help="of these policies only")
    return parser.parse_args()


def main() -> int:
    """Return 1 if a change is noticed by nobody, or an excuse is out of date."""
    arguments, started = _arguments(), time.monotonic()
    policies = [
        each
        for each in _cluster().policies
        if not arguments.policy or each.name in arguments.policy
    ]
    every = [
        mutant
        for policy in policies
        if policy.binding
        for mutant in mutants(policy.manifest, policy.binding)
    ]
    unnoticed = _unnoticed(every)
    excused = [mutant for mutant in unnoticed if equivalent.reason(mutant)]
    suspects = [mutant for mutant in unnoticed if mutant not in excused]
    rest = [mutant for mutant in every if mutant not in unnoticed]
    sample = _sample(rest, arguments.sample)
    alive = _alive([*suspects, *sample], policies) if suspects or sample else []
    stale = [] if arguments.policy else equivalent.stale(unnoticed)
    for line in (*(f"UNNOTICED {each.title}" for each in alive), *(f"STALE {it}" for it in stale)):
        print(line)
    print(
        f"{len(every)} changes: {len(rest)} noticed without a server, {len(excused)} change nothing"
        f" (tests/mutation/equivalent.py), {len(suspects) + len(sample)} tried live,"
        f" {len(alive)} unnoticed; {time.monotonic() - started:.0f} s"
    )
    return bool(alive or stale)


if __name__ == "__main__":
    sys.exit(main())
