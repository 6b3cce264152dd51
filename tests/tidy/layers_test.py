#!/usr/bin/env python3
"""The rules of the house, as failing tests: arrows, sizes, format, and what may lie where.

Each rule is a function of a project's root that returns what breaks it, one line each. A first
test asks the rules about this project; the others show with a bad sample that each rule bites.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOP_LEVEL = {"actors", "runtime", "edge", "store", "tests", "deploy", "CMakeLists.txt",
             "README.md", "ARCHITECTURE.md", "LICENSE"}
FILE_LINES_MAX, FUNCTION_LINES_MAX = 400, 70
SOURCES = (".c", ".h")

#   layer: what its includes may begin with. Whole names are single headers.
ARROWS = {
    "actors": ("runtime/aggregate.h", "runtime/saga.h", "actors/"),
    "store": ("store/",),
    "runtime": ("runtime/", "store/", "actors/"),
    "edge": ("edge/", "runtime/", "actors/"),
    "deploy": ("deploy/", "edge/", "runtime/", "store/", "actors/"),
}

#   tests/README.md speaks for the folders of tests/ that mirror a layer, and what they share.
MIRRORS = {"tests/" + layer for layer in (*ARROWS, "lib")}

#   Words that say that something is not finished. Split, so that this file has none.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|not (yet )?imple" r"mented)\b")
TEXTS = SOURCES + (".py", ".sh", ".md", ".txt", ".json", ".html", ".js", ".css", ".yaml")

#   Folders in which foreign code usually comes along, and what it says at its top.
VENDORED = re.compile(r"(^|/)(vendor|third_party|external|node_modules|extern|deps|contrib)/")
FOREIGN = re.compile(r"Copyright \(c\)|Licensed under the|SPDX-License-Identifier", re.I)


def files(root, endings):
    """Paths under root that git would keep, as relative names."""
    result = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
                            capture_output=True, text=True, check=True)
    names = [name for name in result.stdout.split("\0") if name.endswith(endings)]
    return sorted(name for name in names if os.path.isfile(os.path.join(root, name)))


def lines(root, name):
    with open(os.path.join(root, name), encoding="utf-8") as file:
        return file.read().split("\n")[:-1]


def broken_arrows(root):
    for name in files(root, SOURCES):
        allowed = ARROWS.get(name.split("/")[0])
        for number, line in enumerate(lines(root, name), 1):
            found = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if not found or allowed is None:
                continue
            if not any(found[1] == arrow or (arrow.endswith("/") and found[1].startswith(arrow))
                       for arrow in allowed):
                yield f"{name}:{number}: may not include {found[1]}"


def actors_reach_outside(root):
    """actors/ decides; it has no clock, disk, socket, thread or dice."""
    pure = {"stdbool.h", "stddef.h", "stdint.h", "string.h", "assert.h", "inttypes.h", "stdio.h"}
    for name in files(root, SOURCES):
        if not name.startswith("actors/"):
            continue
        for number, line in enumerate(lines(root, name), 1):
            found = re.match(r"\s*#\s*include\s*<([^>]+)>", line)
            if found and found[1] not in pure:
                yield f"{name}:{number}: may not include <{found[1]}>"


def too_long_files(root):
    for name in files(root, SOURCES):
        count = len(lines(root, name))
        if count > FILE_LINES_MAX:
            yield f"{name}: {count} lines, more than {FILE_LINES_MAX}"


def too_long_functions(root):
    """A body begins with a brace alone at the left margin and ends with one."""
    for name in files(root, SOURCES):
        begin = None
        for number, line in enumerate(lines(root, name), 1):
            if line == "{":
                begin = number
            elif line == "}" and begin is not None:
                if number - begin + 1 > FUNCTION_LINES_MAX:
                    yield f"{name}:{begin}: {number - begin + 1} lines in one function"
                begin = None


def thread_local_arrays(root):
    """Each of the pool's 512 threads would have it, cleared and so resident from its start."""
    for name in files(root, SOURCES):
        if name.split("/")[0] not in ARROWS:
            continue
        for number, line in enumerate(lines(root, name), 1):
            if re.search(r"\b(__thread|_Thread_local|thread_local)\b.*\[", line):
                yield f"{name}:{number}: every thread has this array"


def badly_formatted(root):
    names = [name for name in files(root, (".c",))]
    if not names:
        return
    result = subprocess.run(["clang-format", "--dry-run", *names], cwd=root,
                            capture_output=True, text=True)
    seen = set()
    for line in result.stderr.splitlines():
        found = re.match(r"(.+?):(\d+):\d+: (warning|error):", line)
        if found and found[1] not in seen:
            seen.add(found[1])
            yield f"{found[1]}:{found[2]}: not as clang-format would have it"


def strangers_at_the_top(root):
    result = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
                            capture_output=True, text=True, check=True)
    for name in sorted({path.split("/")[0] for path in result.stdout.split("\0") if path}):
        if name not in TOP_LEVEL and not name.startswith("."):
            yield f"{name}: not one of {', '.join(sorted(TOP_LEVEL))}"


def vendored(root):
    for name in files(root, ""):
        if VENDORED.search(name):
            yield f"{name}: in a folder for foreign code"
    for name in files(root, SOURCES + (".js", ".py", ".css")):
        if FOREIGN.search("\n".join(lines(root, name)[:20])) and "tests/tidy/" not in name:
            yield f"{name}: carries somebody's licence"


def folders_without_readme(root):
    folders = {os.path.dirname(name) for name in files(root, "")}
    for folder in sorted(folders):
        if folder.split("/")[0].startswith(".") or folder in MIRRORS:
            continue
        if not os.path.exists(os.path.join(root, folder, "README.md")):
            yield f"{folder or '.'}: has no README.md"


def unfinished(root):
    for name in files(root, TEXTS):
        for number, line in enumerate(lines(root, name), 1):
            found = UNFINISHED.search(line)
            if found:
                yield f"{name}:{number}: {found[0]}"


RULES = [broken_arrows, actors_reach_outside, too_long_files, too_long_functions,
         thread_local_arrays, badly_formatted, strangers_at_the_top, vendored,
         folders_without_readme, unfinished]


class Rules(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="happypay-tidy-")
        self.addCleanup(shutil.rmtree, self.root)
        subprocess.run(["git", "init", "-q", self.root], check=True)
        shutil.copy(os.path.join(ROOT, ".clang-format"), self.root)

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def assertBites(self, rule, name, bad, good):
        """The rule names the bad sample, and is silent about the good one."""
        self.write(name, bad)
        self.assertTrue([line for line in rule(self.root) if line.startswith(name.split("/")[0])])
        self.write(name, good)
        self.assertEqual(list(rule(self.root)), [])

    def test_includes_against_the_arrows_are_found(self):
        for name, bad, good in (("actors/a.c", "runtime/node.h", "runtime/saga.h"),
                                ("actors/b.h", "store/status.h", "actors/a.h"),
                                ("store/a.c", "runtime/limits.h", "store/b.h"),
                                ("runtime/a.c", "edge/edge.h", "store/b.h"),
                                ("edge/a.c", "store/status.h", "runtime/node.h"),
                                ("edge/b.c", "deploy/options.h", "actors/a.h")):
            self.assertBites(broken_arrows, name, f'#include "{bad}"\n', f'#include "{good}"\n')

    def test_actors_that_reach_outside_are_found(self):
        self.assertBites(actors_reach_outside, "actors/a.c", "#include <time.h>\n",
                         "#include <stdint.h>\n")

    def test_files_that_are_too_long_are_found(self):
        self.assertBites(too_long_files, "store/a.c", "int a;\n" * 401, "int a;\n" * 400)

    def test_functions_that_are_too_long_are_found(self):
        body = "int\na (void)\n{\n%s}\n"
        self.assertBites(too_long_functions, "store/a.c", body % ("    a ();\n" * 69),
                         body % ("    a ();\n" * 68))

    def test_arrays_of_every_thread_are_found(self):
        self.assertBites(thread_local_arrays, "runtime/a.c", "static __thread char text [9];\n",
                         "static __thread char *text;\n")

    def test_another_format_is_found(self):
        self.assertBites(badly_formatted, "store/a.c", "int a(void){return 1;}\n",
                         "int\na (void)\n{\n    return 1;\n}\n")

    def test_a_stranger_at_the_top_is_found(self):
        self.write("actors/a.c", "")
        self.assertEqual(list(strangers_at_the_top(self.root)), [])
        self.write("src/a.c", "")
        self.assertEqual(len(list(strangers_at_the_top(self.root))), 1)

    def test_foreign_code_is_found(self):
        self.write("store/vendor/a.c", "int a;\n")
        self.write("store/b.c", "//  Copyright (c) somebody\n")
        self.write("store/c.c", "int a;\n")
        self.assertEqual(len(list(vendored(self.root))), 2)

    def test_a_folder_without_readme_is_found(self):
        self.write("README.md", "x\n")
        self.write("store/a.c", "int a;\n")
        self.assertEqual(list(folders_without_readme(self.root)), ["store: has no README.md"])
        self.write("store/README.md", "x\n")
        self.assertEqual(list(folders_without_readme(self.root)), [])

    def test_unfinished_work_is_found(self):
        for word in ("TO" "DO", "FIX" "ME", "XX" "X"):
            self.assertBites(unfinished, "store/a.c", f"//  {word}: later\n", "//  now\n")


def ask(rule):
    def test(self):
        self.assertEqual(list(rule(ROOT)), [])
    return test


class House(unittest.TestCase):
    maxDiff = None


for each in RULES:
    setattr(House, f"test_here_are_no_{each.__name__}", ask(each))

if __name__ == "__main__":
    unittest.main(verbosity=2)
