"""`python -m benchmarks route|batch|claim`: figures against a baseline run beside them."""

import sys
from importlib import import_module

from benchmarks import ground

NAMES = ("route", "batch", "claim")


def main() -> None:
    asked = sys.argv[1:] or list(NAMES)
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        sys.exit(f"Unknown: {', '.join(unknown)}. Valid: {', '.join(NAMES)}.")
    ground.prepare()
    for name in asked:
        print(f"── {name}", flush=True)
        import_module(f"benchmarks.{name}").run()


if __name__ == "__main__":
    main()
