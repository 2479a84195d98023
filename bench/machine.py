"""Where and when something was measured, and by which command. Without these a figure means nothing."""

import os
import pathlib
import platform
import shlex
import sys
import time


def machine(command):
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(": ")[1] for line in lines if line.startswith("model name")),
                 platform.machine())
    return {"cpu": model, "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "date": time.strftime("%Y-%m-%d %H:%M"), "load": f"{os.getloadavg()[0]:.1f}",
            "command": shlex.join([command, *sys.argv[1:]])}


def server(session):
    """Returns the versions of the server and of the extension."""
    return {"postgresql": session.run("SELECT split_part(version(), ' on ', 1)"),
            "plwasm": session.run("SELECT default_version FROM pg_available_extensions WHERE name = 'plwasm'")}
