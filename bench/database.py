"""A database for the measurements, separate from others of the server, and dropped at the end."""

import contextlib
import os
import pathlib
import sys

from session import Session

HERE = pathlib.Path(__file__).resolve().parent
SETTINGS = {"jit": "off", "max_parallel_workers_per_gather": "0", "synchronize_seqscans": "off"}


def beside_server(script, *options):
    """Starts the script again with a throwaway server, unless PGHOST names a server."""
    if "PGHOST" not in os.environ:
        cluster = HERE.parent / "pgrx-config/cluster"
        os.execv(cluster, [cluster, *options, script, *sys.argv[1:]])


@contextlib.contextmanager
def database(name):
    """Yields a session in database postgres. The database of that name exists meanwhile."""
    home = Session("postgres")
    home.run(f"DROP DATABASE IF EXISTS {name}")
    # Collation C, whatever the cluster's: upper() in SQL is compared with loops over ASCII.
    home.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' "
             "LOCALE_PROVIDER libc LOCALE 'C'")
    for setting, value in SETTINGS.items():
        home.run(f"ALTER DATABASE {name} SET {setting} = {value}")
    try:
        yield home
    finally:
        home.run(f"DROP DATABASE {name} WITH (FORCE)")
        home.close()
