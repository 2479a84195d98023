"""The exports of world tables in ../wit/rows.wit: trigger functions and a window function."""

import json
import re
from itertools import pairwise

import wit_world
from componentize_py_types import Err
from wit_world import Contact, Sample
from wit_world.imports.changes import TriggerEvent
from wit_world.imports.types import Error


class WitWorld(wit_world.WitWorld):
    def email(self, new: Contact) -> Contact:
        email = new.email.strip().lower()
        if not re.fullmatch(r"[^@\s]+@\S*\.\S*", email):
            raise Err(Error("23514", "the e-mail address is none", f'It is "{new.email}".', None))
        return Contact(email)

    # The row that comes back has one column. The others stay as they are.
    def record_changes(self, event: TriggerEvent, old: str | None, new: str) -> str:
        [column] = event.arguments
        before, after = json.loads(old or "{}"), json.loads(new)
        changes = {
            name: [before.get(name), value]
            for name, value in after.items()
            if name != column and (name not in before or json.dumps(before[name]) != json.dumps(value))
        }
        return json.dumps({column: {"operation": event.operation.name.lower(), "changes": changes}})

    def fill_gaps(self, rows: list[Sample]) -> list[float | None]:
        filled = [row.value for row in rows]
        known = [i for i, row in enumerate(rows) if row.value is not None]
        for first, last in pairwise(known):
            start, end = rows[first], rows[last]
            length = (end.at - start.at) or 1  # all at the same time
            for i in range(first + 1, last):
                filled[i] = start.value + (end.value - start.value) * ((rows[i].at - start.at) / length)
        return filled
