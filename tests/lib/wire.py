"""One connection in PostgreSQL's own protocol, for tests that need more than psql: a query can be sent in one thread
and its answer read in another, precise to the microsecond, and a portal can be executed in portions. Supports only a
unix socket with trust authentication, and text.

    session = Wire()
    session.query("SELECT 1")              # [["1"]]; raises SqlError, whose .state is the SQLSTATE
    session.send("SELECT pg_sleep(9)")     # does not wait
    session.answer()                       # waits
    session.query("BEGIN")
    session.open("p", "SELECT 1")          # a portal
    session.fetch("p", 10)                 # [["1"]]
    session.run("SELECT 1", "SELECT 2")    # [["1"], ["2"]]; by the extended protocol, without waiting in between
    session.call(1299)                     # [["2026-01-01 ..."]]; the function of that OID, by the protocol's function call
"""

import os
import socket
import struct


class SqlError(Exception):
    """The server's error."""

    def __init__(self, fields):
        super().__init__(f"{fields.get('C', '')}: {fields.get('M', '')}")
        self.state, self.message = fields.get("C", ""), fields.get("M", "")


class Gone(Exception):
    """The server has ended the connection. .state is the SQLSTATE, or nothing."""

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
        """Returns rows of text. None is NULL."""
        self.send(sql)
        return self.answer()

    def value(self, sql):
        """Returns the first column of the first row."""
        return self.query(sql)[0][0]

    def send(self, sql):
        self.say(message(b"Q", sql.encode() + b"\0"))

    def open(self, portal, sql):
        self.say(parsed(sql, portal) + SYNC)
        self.answer()

    def fetch(self, portal, rows):
        """Returns at most that many rows; 0 means all."""
        self.say(executed(portal, rows) + SYNC)
        return self.answer()

    def run(self, *queries):
        self.say(b"".join(parsed(sql) + executed() for sql in queries) + SYNC)
        return self.answer()

    def call(self, function):
        """Calls a function without arguments."""
        self.say(message(b"F", struct.pack("!ihhh", function, 0, 0, 0)))
        return self.answer()

    def say(self, messages):
        try:
            self.socket.sendall(messages)
        except OSError:
            self.answer()  # raises the error
            raise Gone() from None

    def answer(self):
        """Reads until the server is ready for another query. Then raises the first error."""
        rows, error = [], None
        while True:
            kind, body = self.message()
            if kind == b"D":
                rows.append(columns(body))
            elif kind == b"V":
                rows.append([body[4:].decode()])
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


def message(kind, body=b""):
    return kind + struct.pack("!i", len(body) + 4) + body


def parsed(sql, portal=""):
    """Returns Parse and Bind of the unnamed statement without parameters."""
    parse = b"\0" + sql.encode() + b"\0" + struct.pack("!h", 0)
    bind = portal.encode() + b"\0\0" + struct.pack("!hhh", 0, 0, 0)
    return message(b"P", parse) + message(b"B", bind)


def executed(portal="", rows=0):
    return message(b"E", portal.encode() + b"\0" + struct.pack("!i", rows))


SYNC = message(b"S")


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
