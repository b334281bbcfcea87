"""A simulated stick: one model with two faces, for tests, for rehearsals (``--simulate``) and for a real kernel.

``stick.py`` is the model, ``backend.py`` shows it to pyusb in the same process, ``usbip.py`` to the Linux kernel.
It tests machinery, never facts: what firmware really does is known from sources and captures only.
"""
