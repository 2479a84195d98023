"""One connection in PostgreSQL's own protocol, for what psql is too slow for: a query can be sent in one thread's
time and its answer read at another, to the microsecond. Knows simple queries alone, over a unix socket that trusts.

    session = Wire()
    session.query("SELECT 1")              # [["1"]]; raises SqlError, of which .state is the SQLSTATE
    session.send("SELECT pg_sleep(9)")     # does not wait
    session.answer()                       # does
"""

import os
import socket
import struct


class SqlError(Exception):
    """What the server says is wrong."""

    def __init__(self, fields):
        super().__init__(f"{fields.get('C', '')}: {fields.get('M', '')}")
        self.state, self.message = fields.get("C", ""), fields.get("M", "")


class Gone(Exception):
    """The server has ended the connection; .state is the SQLSTATE with which, or nothing."""

    def __init__(self, state=""):
        super().__init__(f"the connection has ended: {state}")
        self.state = state


class Wire:
    def __init__(self, database=None, timeout=120, **settings):
        env = os.environ
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.buffer = b""
        self.pid = 0
        self.state = ""
        user = env.get("PGUSER", "postgres")
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        parameters = {"user": user, "database": database or env.get("PGDATABASE", user), "options": options}
        startup = b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items())
        try:
            self.socket.connect(f"{env['PGHOST']}/.s.PGSQL.{env.get('PGPORT', '5432')}")
            self.socket.sendall(struct.pack("!ii", len(startup) + 9, 196608) + startup + b"\0")
            self.answer()
        except OSError as error:
            raise Gone(str(error)) from None

    def query(self, sql):
        """Rows of text; None is NULL."""
        self.send(sql)
        return self.answer()

    def value(self, sql):
        """The first column of the first row."""
        return self.query(sql)[0][0]

    def send(self, sql):
        body = sql.encode() + b"\0"
        try:
            self.socket.sendall(b"Q" + struct.pack("!i", len(body) + 4) + body)
        except OSError:
            self.answer()  # says why
            raise Gone() from None

    def answer(self):
        """Reads until the server is ready for another query. The first error is raised then."""
        rows, error = [], None
        while True:
            kind, body = self.message()
            if kind == b"D":
                rows.append(columns(body))
            elif kind == b"K":
                self.pid = struct.unpack_from("!i", body)[0]
            elif kind == b"E":
                error = error or SqlError(fields(body))
                self.state = error.state
            elif kind == b"Z":
                if error:
                    raise error
                return rows

    def message(self):
        kind = self.read(1)
        return kind, self.read(struct.unpack("!i", self.read(4))[0] - 4)

    def read(self, count):
        while len(self.buffer) < count:
            try:
                more = self.socket.recv(1 << 16)
            except TimeoutError:
                raise
            except OSError:
                more = b""
            if not more:
                raise Gone(self.state)
            self.buffer += more
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def close(self):
        self.socket.close()


def columns(body):
    found, at = [], 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        length = struct.unpack_from("!i", body, at)[0]
        at += 4
        found.append(None if length < 0 else body[at:at + length].decode(errors="replace"))
        at += max(length, 0)
    return found


def fields(body):
    parts = body.rstrip(b"\0").split(b"\0")
    return {chr(part[0]): part[1:].decode(errors="replace") for part in parts if part}
