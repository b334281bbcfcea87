# make demo, make test: the two to begin with; both make .venv themselves and need only Python 3.11 with venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation

.PHONY: help demo test slow-test coverage lint audit matrix fuzz mutants parity package-test kernel-test soak bench pins sbom profiles events doctor manual pictures docs deb sid-test release clean

help:
	@echo "make demo          switch a simulated stick, 12d1:1f01 -> ncm, and show each step"
	@echo "make test          all fast tests"
	@echo "make slow-test     the rest of them, for which seconds pass"
	@echo "make coverage      both, and which lines and branches of modeswitch they leave out; less than 95 % fails"
	@echo "make lint          ruff, mypy --strict and bandit, whether what is made from other files is up to date, and pip-audit"
	@echo "make audit         pip-audit alone, which must have looked up every package of requirements/"
	@echo "make parity        beside the real usb_modeswitch, on the same simulated devices; needs Debian packages, names them"
	@echo "make matrix        every fault of a simulated stick on the way to every goal: 180,000 switches, some ten minutes"
	@echo "make fuzz          130,000 garbled inputs for all that reads what others wrote: two and a half minutes; FULL=1: a million"
	@echo "make mutants       small changes of the engine, one at a time: do its tests notice? ONLY=usb.bot, or another module; hours"
	@echo "make package-test  build wheel and sdist, install them, compare, check them as an index would; contrib/ by its own linters"
	@echo "make kernel-test   the virtual machine suite: a real Linux kernel, its drivers, the real usb_modeswitch;"
	@echo "                   with NEXT=1 on the kernel, systemd and Python of Debian testing"
	@echo "make soak          10,000 switches in a row in the virtual machine, faults at random; hours (MODESWITCH_SOAK=N, MODESWITCH_SEED=S)"
	@echo "make sid-test      all fast tests with the newest Python of Debian (sid), in a chroot; needs root and mmdebstrap"
	@echo "make bench         how fast, as ratios, in the virtual machine"
	@echo "make docs          build the site into build/site; a link that leads nowhere is an error"
	@echo "make events        write docs/events.md after a change of modeswitch/events.py"
	@echo "make manual        write manual page and completions after a change of the command's arguments"
	@echo "make pictures      draw the README's picture after a change of what the command says"
	@echo "make doctor        write docs/doctor.md after a change of modeswitch/doctor/catalogue.py"
	@echo "make deb           build/deb/modeswitch_*_all.deb, checked by lintian; needs Debian's debhelper, names the rest"
	@echo "make release VERSION=x.y.z   version, changelogs, wheel, sdist, commit and tag; stops before the upload"
	@echo "make pins          write requirements/*.txt: versions and hashes of all that these targets install"
	@echo "make sbom          write build/sbom/*.cdx.json: what modeswitch is made of and runs with, with licences"
	@echo "make profiles      compile the profiles after a change of one"

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	touch $@

# What requirements/*.txt pins, and only files that have one of its hashes; then this checkout, which fetches nothing.
$(VENV)/.installed: $(VENV)/.made setup.cfg pyproject.toml requirements/run.txt
	$(INSTALL) --require-hashes --requirement requirements/run.txt
	$(INSTALL) --no-deps --editable .
	touch $@

$(VENV)/.dev $(VENV)/.audit $(VENV)/.release $(VENV)/.contrib $(VENV)/.fuzz $(VENV)/.mutants $(VENV)/.docs: $(VENV)/.%: $(VENV)/.installed requirements/%.txt
	$(INSTALL) --require-hashes --requirement requirements/$*.txt
	touch $@

demo: $(VENV)/.installed
	@echo
	@echo "The (simulated) bus:   modeswitch list -v --simulate e3372h"
	@echo
	@$(BIN)/modeswitch list -v --simulate e3372h
	@echo
	@echo "Switch it, each step:  modeswitch 12d1:1f01 --to ncm -vv --simulate e3372h"
	@echo
	@$(BIN)/modeswitch 12d1:1f01 --to ncm -vv --simulate e3372h

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto

slow-test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -m slow

# All that needs no machine of its own, with the branches that it takes, also in the processes that it starts.  The fast
# and the slow tests beside each other, each in one process: what pytest-xdist's workers have measured is lost where the
# machine is busy, since it kills those at the end.  What runs in a shell's background ignores SIGINT, which tests send.
coverage: $(VENV)/.dev
	rm -rf build/coverage
	mkdir -p build/coverage
	env --default-signal=INT,QUIT $(BIN)/coverage run -m pytest -m slow & slow=$$!; \
	$(BIN)/coverage run -m pytest; failed=$$?; \
	wait $$slow || failed=$$?; \
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report && exit $$failed

lint: $(VENV)/.audit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.compile_profiles --check
	$(BIN)/python -m tools.write_events_page --check
	$(BIN)/python -m tools.write_manual --check
	$(BIN)/python -m tools.draw_pictures --check
	$(BIN)/python -m tools.write_doctor_page --check
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml modeswitch
	$(BIN)/python -m tools.audit_packages

audit: $(VENV)/.audit
	$(BIN)/python -m tools.audit_packages --required

matrix: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -m matrix

fuzz: $(VENV)/.fuzz
	rm -rf build/fuzz
	MODESWITCH_FUZZ_FULL=$(FULL) $(BIN)/python -m pytest -n auto -m fuzz tests/fuzz
	$(BIN)/python -m tests.fuzz.figures $(if $(FULL),--write)

mutants: $(VENV)/.mutants
	nice $(BIN)/python -m tools.mutants $(ONLY)

parity: $(VENV)/.dev
	$(BIN)/python -m pytest -m parity tests/parity

package-test: $(VENV)/.contrib
	$(BIN)/python -m pytest -m package

kernel-test: $(VENV)/.dev
	$(if $(NEXT),MODESWITCH_NEXT=1) $(BIN)/python -m pytest -m kernel

soak: $(VENV)/.dev
	$(BIN)/python -m tests.kernel.soak

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.scale
	$(BIN)/python -m tests.fuzz.bench
	$(BIN)/python -m tests.kernel.bench

pins: $(VENV)/.release
	$(BIN)/python -m tools.pin_packages

sbom: $(VENV)/.release
	@$(BIN)/python -m tools.write_sbom

profiles: $(VENV)/.installed
	$(BIN)/python -m tools.compile_profiles

events: $(VENV)/.installed
	$(BIN)/python -m tools.write_events_page

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

pictures: $(VENV)/.installed
	$(BIN)/python -m tools.draw_pictures

manual: $(VENV)/.dev
	$(BIN)/python -m tools.write_manual

doctor: $(VENV)/.installed
	$(BIN)/python -m tools.write_doctor_page

sid-test: $(VENV)/.dev
	tools/test_on_sid.sh

# With the system's own Python and tools, whatever is first in PATH; without git, so that it works from an sdist.
deb:
	rm -rf build/deb
	mkdir -p build/deb/modeswitch
	tar -c --exclude-vcs $(addprefix --exclude=,./build ./dist ./.venv ./.*_cache ./.hypothesis *.egg-info __pycache__) . \
		| tar -x -C build/deb/modeswitch
	cp -r contrib/packaging/debian build/deb/modeswitch/debian
	cd build/deb/modeswitch && PATH=/usr/sbin:/usr/bin:/sbin:/bin dpkg-buildpackage -b -us -uc
	lintian --fail-on error,warning --info build/deb/*.changes

release: $(VENV)/.release
	@$(BIN)/python -m tools.release $(if $(UNAUDITED),--unaudited) "$(VERSION)"

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
