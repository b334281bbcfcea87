"""USB itself, and bytes over it: descriptors, transfers, Bulk-Only Transport.  Knows no modem, no operating system."""
