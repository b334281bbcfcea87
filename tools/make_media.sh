#!/bin/sh
# Makes the two media of the simulated stick anew: needs genisoimage, dosfstools and mtools, and Python's lzma.
# The images are kept compressed; they hold one text file each.
set -eu
out=$(dirname "$0")/../modeswitch/sim/media
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/cd"
printf 'This disc is made up: it belongs to the simulated stick of modeswitch.\n' > "$work/cd/README.TXT"
touch -d 2026-01-01T00:00:00Z "$work/cd/README.TXT" "$work/cd"
genisoimage -quiet -no-pad -V "HUAWEI MODEM" -o "$work/cdrom.iso" "$work/cd"
dd if=/dev/zero of="$work/tf.img" bs=512 count=2048 status=none
mkfs.vfat -n TFCARD -i 20260101 "$work/tf.img" > /dev/null
printf 'A file that must not be lost.\n' > "$work/KEEP.TXT"
touch -d 2026-01-01T00:00:00Z "$work/KEEP.TXT"
mcopy -m -i "$work/tf.img" "$work/KEEP.TXT" ::KEEP.TXT
python3 - "$work" "$out" <<'PY'
import lzma, pathlib, sys
work, out = map(pathlib.Path, sys.argv[1:])
for name in ("cdrom.iso", "tf.img"):
    (out / f"{name}.xz").write_bytes(lzma.compress((work / name).read_bytes(), preset=9))
PY
