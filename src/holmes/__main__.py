"""`python -m holmes`, which is `holmes`."""

import sys

from holmes.cli.main import main

sys.exit(main())
