"""What a modem is and speaks: roles and modes, AT, the port list in its NVRAM, dialling, HiLink's web API."""
