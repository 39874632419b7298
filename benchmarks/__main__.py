"""`python -m benchmarks route|batch|claim|page|guarantee|rollouts`: figures against a baseline."""

import subprocess
import sys
from importlib import import_module

from benchmarks import ground

NAMES = ("route", "batch", "claim", "page", "guarantee", "rollouts")


def main() -> None:
    asked = sys.argv[1:] or list(NAMES)
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        sys.exit(f"Unknown: {', '.join(unknown)}. Valid: {', '.join(NAMES)}.")
    if len(asked) > 1:  # each on servers and a database of its own
        for name in asked:
            subprocess.run([sys.executable, "-m", "benchmarks", name], check=True)
        return
    ground.prepare()
    print(f"── {asked[0]}", flush=True)
    import_module(f"benchmarks.{asked[0]}").run()


if __name__ == "__main__":
    main()
