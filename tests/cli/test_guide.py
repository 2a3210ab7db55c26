"""What the guide says of the command line is what the code does."""

import re
import runpy
from dataclasses import fields
from pathlib import Path
from typing import get_args

from linnet import client
from linnet.cli.exits import Exit

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/guide/command-line.md").read_text()


def test_the_table_of_verbs_is_the_one_in_the_code() -> None:
    written = runpy.run_path(str(ROOT / "tools/verbs.py"))["page"]()

    assert written == PAGE, "run: python tools/verbs.py"


def test_every_exit_code_is_explained() -> None:
    rows = re.findall(r"^\| ([0-9, ]+) \|", PAGE, re.MULTILINE)
    explained = {int(code) for row in rows for code in row.split(",")}

    assert explained == {int(code) for code in Exit}


def test_every_field_that_json_prints_is_named() -> None:
    shapes = {
        "device": client.Device,
        "message": client.Message,
        "attachment": client.Attachment,
        "reaction": client.Reaction,
        "member": client.Member,
        "contact": client.Contact,
        "request": client.Request,
        "preferences": client.Preferences,
        "status": client.Status,
        "road": client.OwnRoad,
        "manifest": client.FollowedManifest,
        "place": client.PlaceAsked,
        "relay": client.RelayStatus,
        "finding": client.Finding,
        "diagnosis": client.Diagnosis,
    }
    for name, kind in shapes.items():
        row = re.search(rf"^\| {name} \| (.*) \|$", PAGE, re.MULTILINE)
        assert row is not None
        named = set(re.findall(r"`(\w+)`", row[1]))
        assert {field.name for field in fields(kind)} <= named, name


def test_every_event_is_named() -> None:
    kinds = [kind.__name__ for kind in get_args(client.Event)]
    names = [re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower() for kind in kinds]

    assert [name for name in names if f"`{name}`" not in PAGE] == []
