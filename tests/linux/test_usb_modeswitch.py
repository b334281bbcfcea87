"""Whether the distribution's usb_modeswitch would switch sticks: its rules, their mask, its configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.linux import usb_modeswitch


@pytest.mark.parametrize("folder", usb_modeswitch.RULES_FOLDERS)
def test_its_rules_are_seen_in_each_folder_of_udev(tmp_path: Path, folder: str) -> None:
    assert not usb_modeswitch.has_rules(str(tmp_path))
    rules = tmp_path / folder / usb_modeswitch.RULES
    rules.parent.mkdir(parents=True)
    rules.write_text("")
    assert usb_modeswitch.has_rules(str(tmp_path))


@pytest.mark.parametrize(("target", "has_rules"), [("/dev/null", False), ("/etc/hostname", True)])
def test_a_link_to_dev_null_masks_them(tmp_path: Path, target: str, has_rules: bool) -> None:
    for folder in usb_modeswitch.RULES_FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "lib/udev/rules.d" / usb_modeswitch.RULES).write_text("")
    (tmp_path / "etc/udev/rules.d" / usb_modeswitch.RULES).symlink_to(target)
    assert usb_modeswitch.has_rules(str(tmp_path)) == has_rules


@pytest.mark.parametrize(
    ("text", "disabled"),
    [
        ("DisableSwitching=1\n", True),
        ("# off\n disableswitching = yes\n", True),
        ("#DisableSwitching=1\n", False),
        ("DisableSwitching=0\n", False),
        ("\x00\xff" * 100_000, False),
        (None, False),
    ],
)
def test_its_configuration_may_disable_it(tmp_path: Path, text: str | None, disabled: bool) -> None:
    (tmp_path / "etc").mkdir()
    if text is not None:
        (tmp_path / usb_modeswitch.CONFIGURATION).write_text(text, "latin-1")
    assert usb_modeswitch.is_disabled(str(tmp_path)) == disabled
