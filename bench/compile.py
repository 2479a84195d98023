"""Compiles bench_c.c against the headers of the installation that PG_CONFIG names."""

import os
import pathlib
import subprocess


def compile_c(directory):
    """Compiles the functions. Returns the path of the shared library, which the server's user may read."""
    os.chmod(directory, 0o755)
    library = f"{directory}/bench_c.so"
    headers = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--includedir-server"],
                             check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    subprocess.run(["cc", "-O2", "-fPIC", "-shared", f"-I{headers}", "-o", library,
                    pathlib.Path(__file__).with_name("bench_c.c")], check=True)
    return library
