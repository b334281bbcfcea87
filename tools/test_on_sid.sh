#!/bin/sh
# The fast suite in Debian sid: the newest Python that Debian has, and Debian's own packages of what modeswitch needs;
# huawei-lte-api, which Debian has not, comes from PyPI. As root, with mmdebstrap and this machine's own mirror; nothing
# of it is left. Arguments are pytest's. SID_SECONDS is the time that it may take (2400). Status 75 where sid cannot be
# installed today, as happens: that says nothing of modeswitch.
set -eu
cd "$(dirname "$0")/.."
packages=python3,python3-pytest,python3-pytest-xdist,python3-hypothesis,python3-usb,python3-construct,python3-serial
packages=$packages,python3-yaml,python3-pip,python3-setuptools,libusb-1.0-0,udev,procps,git,make
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
apt-config dump --no-empty | grep -E '^Acquire::(http|https|Check-)' >"$work/apt.conf" || true
mirror=$(apt-get indextargets --format "\$(REPO_URI)" 'Label: Debian' | head -n 1)
"${PYTHON:-.venv/bin/python}" -m pip install --quiet --disable-pip-version-check --target "$work/site" \
	--require-hashes --requirement requirements/hilink.txt
tar -c --exclude-vcs --exclude=./build --exclude=./dist --exclude=./.venv --exclude='./.*_cache' \
	--exclude=__pycache__ -f "$work/code.tar" .
cat >"$work/suite" <<'end'
#!/bin/sh
here=$(dirname "$0") root=$1
shift
touch "$here/installed"
cp -r "$here/site" "$root/srv/site"
exec chroot "$root" env PYTHONPATH=/srv/site sh -ec '
	cd /srv/modeswitch
	python3 --version
	python3 -m pip install --quiet --break-system-packages --root-user-action ignore \
		--no-index --no-deps --no-build-isolation --editable .
	python3 -m pytest -n 2 -p no:cacheprovider "$@"' sh "$@"
end
chmod 755 "$work/suite"
timeout --kill-after=60 "${SID_SECONDS:-2400}" mmdebstrap --quiet --variant=apt --format=null --include="$packages" \
	--aptopt="$work/apt.conf" \
	--customize-hook="mkdir -p \"\$1/srv/modeswitch\"" \
	--customize-hook="tar-in $work/code.tar /srv/modeswitch" \
	--customize-hook="$work/suite \"\$1\" $*" \
	sid /dev/null "${mirror:-http://deb.debian.org/debian}" || {
	[ -e "$work/installed" ] && exit 1
	echo "Debian sid could not be installed: its suite did not run" >&2
	exit 75
}
