"""A script: a worker that takes due deliveries after a line on stdin, and prints which.

Its arguments: how many at once, and how often at most."""

import json
import sys


def main(most: int, times: int) -> None:
    from hitl.services.deliveries.taking import take

    print('"ready"', flush=True)
    sys.stdin.readline()
    taken: list[str] = []
    for _ in range(times):
        taken += [str(one.id) for one in take(most)]
    print(json.dumps(taken), flush=True)


if __name__ == "__main__":
    import django

    django.setup()
    main(int(sys.argv[1]), int(sys.argv[2]))
