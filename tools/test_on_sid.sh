#!/bin/sh
# The fast suite in Debian sid: the newest Python that Debian has, and Debian's own packages of what modeswitch needs.
# As root, with mmdebstrap and this machine's own mirror; nothing of it is left. The first argument is the time that it
# may take, in seconds. Status 75 where sid cannot be installed today, as happens: that says nothing of modeswitch.
set -eu
cd "$(dirname "$0")/.."
packages=python3,python3-pytest,python3-pytest-xdist,python3-hypothesis,python3-usb,python3-construct,python3-serial
packages=$packages,python3-yaml,libusb-1.0-0,udev,procps,git,make
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
apt-config dump --no-empty | grep -E '^Acquire::(http|https|Check-)' >"$work/apt.conf" || true
mirror=$(apt-get indextargets --format "\$(REPO_URI)" 'Label: Debian' | head -n 1)
tar -c --exclude-vcs --exclude=./build --exclude=./dist --exclude=./.venv --exclude='./.*_cache' \
	--exclude=__pycache__ -f "$work/code.tar" .
cat >"$work/suite" <<'end'
#!/bin/sh
touch "$(dirname "$0")/installed"
exec chroot "$1" sh -c 'cd /srv/modeswitch && python3 --version && python3 -m pytest -n 2 -p no:cacheprovider'
end
chmod 755 "$work/suite"
timeout --kill-after=60 "${1:-1500}" mmdebstrap --quiet --variant=apt --format=null --include="$packages" \
	--aptopt="$work/apt.conf" \
	--customize-hook="mkdir -p \"\$1/srv/modeswitch\"" \
	--customize-hook="tar-in $work/code.tar /srv/modeswitch" \
	--customize-hook="$work/suite" \
	sid /dev/null "${mirror:-http://deb.debian.org/debian}" || {
	[ -e "$work/installed" ] && exit 1
	echo "Debian sid could not be installed: its suite did not run" >&2
	exit 75
}
