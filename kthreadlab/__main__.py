"""``python -m kthreadlab`` is the ``kthreadlab`` command."""

import sys

from kthreadlab.front.cli import main

if __name__ == "__main__":
    sys.exit(main())
