#!/usr/bin/env python3
"""Branch coverage of one layer's sources, from a build with -DCOVERAGE=ON that was run.

    tests/branches.py BUILD LAYER [--at-least PERCENT] [--missing]

Reads the .gcda files under BUILD by gcov. Branches of lines with an assert are not
counted: their other side is a defect by definition. Exit status 1 below PERCENT.
"""

import argparse
import collections
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def data_files(build, layer):
    folder = os.path.join(build, "CMakeFiles", f"{layer}.dir", layer)
    for name in sorted(os.listdir(folder)):
        if name.endswith(".gcda"):
            yield os.path.join(folder, name)


def taken_branches(build, layer):
    """(file, line, place) -> how often, over every object file."""
    taken = collections.Counter()
    for data in data_files(build, layer):
        command = ["gcov", "--branch-probabilities", "--json-format", "--stdout", data]
        answer = subprocess.run(command, capture_output=True, check=True, cwd=build).stdout
        for report in answer.splitlines():
            for source in json.loads(report)["files"]:
                path = os.path.relpath(os.path.join(ROOT, source["file"]), ROOT)
                if not path.startswith(layer + "/"):
                    continue
                for line in source["lines"]:
                    for place, branch in enumerate(line["branches"]):
                        taken[path, line["line_number"], place] += branch["count"]
    return taken


def without_asserts(taken):
    texts = {}
    for path, line, place in taken:
        if path not in texts:
            with open(os.path.join(ROOT, path), encoding="utf-8") as source:
                texts[path] = source.read().splitlines()
        if "assert" not in texts[path][line - 1]:
            yield path, line, place


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("layer")
    parser.add_argument("--at-least", type=float, default=0)
    parser.add_argument("--missing", action="store_true", help="list lines with a branch never taken")
    options = parser.parse_args()
    taken = taken_branches(os.path.abspath(options.build), options.layer)
    files = collections.defaultdict(lambda: [0, 0])
    missing = set()
    for key in without_asserts(taken):
        files[key[0]][0] += taken[key] > 0
        files[key[0]][1] += 1
        if not taken[key]:
            missing.add(key[:2])
    if not files:
        print("no branches: was it built with -DCOVERAGE=ON, and run?")
        return 1
    for path in sorted(files):
        hit, count = files[path]
        print(f"{100 * hit / count:6.1f} %  {hit:4} of {count:4}  {path}")
    hit = sum(part[0] for part in files.values())
    count = sum(part[1] for part in files.values())
    if options.missing:
        for path, line in sorted(missing):
            print(f"{path}:{line}")
    print(f"{100 * hit / count:6.1f} %  {hit:4} of {count:4}  {options.layer}/ (at least {options.at_least:g} %)")
    return 0 if 100 * hit / count >= options.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
