"""Random histories of the domain: nothing breaks, and every planted bug is found.

    tests/sim/histories_test.py [--steps N] [--seed N]

The program is tests/sim/domain (build target `histories`). Both numbers are printed;
a failure is repeated by the line that the program prints.
"""

import argparse
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.dirname(os.environ.get("HAPPY_BIN", os.path.join(ROOT, "build", "happypay")))
HISTORIES = os.path.join(FOLDER, "histories")
PLANTS_MIN = 12
PLANT_STEPS = 2_000_000


def run(*options):
    return subprocess.run(
        [HISTORIES, *map(str, options)], capture_output=True, text=True, check=False, timeout=600
    )


def nothing_breaks(steps, seed):
    began = time.monotonic()
    found = run("--steps", steps, "--seed", seed, "--commands")
    print(found.stdout + found.stderr, end="")
    if found.returncode != 0:
        return False
    played = int(re.search(r"(\d+) steps", found.stdout).group(1))
    print(f"{played} steps in {time.monotonic() - began:.1f} s")
    unused = re.findall(r"^ +(\S+) +sent +0 ", found.stdout, re.MULTILINE)
    useless = re.findall(r"^ +(\S+) +sent +(\d+)  refused +\2$", found.stdout, re.MULTILINE)
    for name in unused + [name for name, _ in useless]:
        print(f"{name}: never sent, or refused every time")
    return played >= steps and not unused and not useless


def every_plant_is_found(seed):
    plants = [line.split()[0] for line in run("--plants").stdout.splitlines()]
    missed = []
    for plant in plants:
        found = run("--plant", plant, "--steps", PLANT_STEPS, "--seed", seed)
        lines = (found.stderr or found.stdout).strip().splitlines()
        print(f"{plant}: {lines[0] if lines else found.returncode}")
        if found.returncode in (0, 2):
            missed.append(plant)
    for plant in missed:
        print(f"not found: {plant}")
    if len(plants) < PLANTS_MIN:
        print(f"{len(plants)} plants, {PLANTS_MIN} are wanted")
    return not missed and len(plants) >= PLANTS_MIN


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    sound = nothing_breaks(options.steps, options.seed)
    bites = every_plant_is_found(options.seed)
    return 0 if sound and bites else 1


if __name__ == "__main__":
    sys.exit(main())
