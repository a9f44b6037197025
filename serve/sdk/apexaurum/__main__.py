"""`python -m apexaurum` is the command `apexaurum`."""

import sys

from apexaurum.cli.main import main

sys.exit(main())
