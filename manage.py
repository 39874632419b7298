#!/usr/bin/env python
"""Django's command line. `demo` brings its own environment: keys, database and broker."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hitl.settings")
    if sys.argv[1:2] == ["demo"]:
        from hitl import embedded

        embedded.demo_environment()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
