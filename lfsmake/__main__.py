"""`python -m lfsmake` is the console script."""

import sys

from lfsmake.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
