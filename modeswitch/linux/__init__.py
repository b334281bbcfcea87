"""What Linux tells of its USB devices and makes of them: sysfs, uevents, mounts, drivers, network interfaces, locks."""
