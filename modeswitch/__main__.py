"""``python -m modeswitch``."""

import gc
import sys

gc.disable()  # what is imported stays

from .cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
