"""The trigger function of wit/world.wit. componentize-py makes wit_world of it."""

import wit_world
from componentize_py_types import Err


class WitWorld(wit_world.WitWorld):
    def tidy(self, new: wit_world.Person) -> wit_world.Person:
        if "@" not in new.email:
            raise Err(f"{new.email} is no e-mail address")
        return wit_world.Person(email=new.email.lower(), edits=new.edits + 1)
