"""report - medians, ratios, bars: a table on stdout, and --out FILE as JSON.

Reads what run.sh recorded: figures ("WHO WORK VALUE" a line) and reports ("WHO WORK
{bench's JSON}" a line). Exit status 1 if a bar is missed.
"""

import argparse
import json
import platform
import statistics
import sys

#  what, whose figure, of which work, against whose, at least
BARS = (
    ("payments, uniform", "ours", "uniform", "postgres", 0.5),
    ("payments, one hot merchant", "ours", "hot", "postgres", 4.0),
    ("payments, durable / fsync off", "ours", "uniform", "ours-nofsync", 0.6),
)


def read(path):
    """{(who, work): [text of each round]}"""
    found = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            who, work, value = line.split(" ", 2)
            found.setdefault((who, work), []).append(value)
    return found


def judge(medians):
    rows = []
    for what, who, work, other, bar in BARS:
        ours, theirs = medians.get((who, work)), medians.get((other, work))
        if ours is None or theirs is None:
            continue
        ratio = ours / theirs
        rows.append(dict(work=what, theirs=theirs, ours=ours, ratio=round(ratio, 3), bar=bar,
                         met=ratio >= bar))
    return rows


def show(medians, reports, rows):
    for (who, work), median in medians.items():
        line = f"{who:<14}{work:<10}{median:>10,.0f} /s"
        rounds = [json.loads(text) for text in reports.get((who, work), [])]
        for name in ("p50_ms", "p99_ms") if rounds else ():
            line += f"   {name[:-3]} {statistics.median(r[name] for r in rounds):.2f} ms"
        print(line)
    if rows:
        print(f"\n{'work':<32}{'against /s':>12}{'ours /s':>12}{'ratio':>8}{'bar':>6}")
    for row in rows:
        print(f"{row['work']:<32}{row['theirs']:>12,.0f}{row['ours']:>12,.0f}{row['ratio']:>8.2f}"
              f"{row['bar']:>6.1f}  {'ok' if row['met'] else 'MISS'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures")
    parser.add_argument("reports")
    parser.add_argument("--out")
    options = parser.parse_args()
    figures = {key: [float(text) for text in texts] for key, texts in read(options.figures).items()}
    reports = read(options.reports)
    medians = {key: statistics.median(values) for key, values in figures.items()}
    rows = judge(medians)
    show(medians, reports, rows)
    if options.out:
        result = dict(
            machine=platform.platform(),
            figures={f"{who} {work}": values for (who, work), values in figures.items()},
            reports={f"{who} {work}": [json.loads(text) for text in texts]
                     for (who, work), texts in reports.items()},
            bars=rows)
        with open(options.out, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)
            file.write("\n")
    return 0 if all(row["met"] for row in rows) else 1


sys.exit(main())
