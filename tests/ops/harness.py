"""What the tests of operation start: the service, the vendors' stand-in, Prometheus. All of it on loopback, all of it
ended by `stop`, also when a test fails."""

import atexit
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("PROGRAM") or str(Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/koalens")
ADMIN_TOKEN = "admin-token-of-the-tests"
# Told to end, it ends as after the last test.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
PATH = os.environ["PATH"]


def free_port():
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def http(method, url, body=None, headers=None, timeout=60):
    """-> (status, body). No proxy."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with _OPENER.open(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def answers(url):
    """Whether a GET of it is answered with 200."""
    try:
        return http("GET", url, timeout=2)[0] == 200
    except OSError:
        return False


def until(what, seconds, holds, every=0.1):
    """Waits until `holds()` is true, and returns what it gave; fails after `seconds`, naming `what`."""
    end = time.monotonic() + seconds
    while True:
        held = holds()
        if held:
            return held
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s not yet: {what}")
        time.sleep(every)


class Program:
    """A program that runs until it is stopped."""

    def __init__(self, command, env, log):
        self.log = Path(log)
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(command, env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL)

    def said(self):
        return self.log.read_text(errors="replace")

    def wait(self, what, seconds, holds):
        """As `until`, for a program that is of no use if it does not come so far."""
        def alive_and_holds():
            assert self.process.poll() is None, f"it ended with {self.process.returncode}"
            return holds()
        try:
            return until(what, seconds, alive_and_holds)
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}: {self.said()[-2000:]}") from error

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Stub(Program):
    """The vendors' stand-in."""

    def __init__(self, folder):
        super().__init__([PROGRAM, "stub-providers", "--stub-port", "0"], {"PATH": PATH}, Path(folder) / "stub.log")
        found = self.wait("the stand-in listens", 20, lambda: re.search(r"listening on (\S+?);", self.said()))
        self.url = found.group(1)

    def readers(self, gemini="stub-ok", claude="stub-ok"):
        """Settings that make both readers callable, with models of the stand-in."""
        return {"GEMINI_API_KEY": "x" * 20, "GEMINI_BASE_URL": self.url, "GEMINI_MODEL_NAME": gemini,
                "ANTHROPIC_API_KEY": "x" * 20, "ANTHROPIC_BASE_URL": self.url, "CLAUDE_MODEL_NAME": claude}


class Service(Program):
    """A running `koalens serve` with a data folder of its own."""

    def __init__(self, folder, name, **settings):
        self.folder = Path(folder) / name
        self.folder.mkdir()
        self.port, self.metrics_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.metrics_url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        env = {"PATH": PATH, "HOST": "127.0.0.1", "PORT": str(self.port), "METRICS_PORT": str(self.metrics_port),
               "DATA_DIR": str(self.folder / "data"), "ADMIN_TOKEN": ADMIN_TOKEN} | settings
        super().__init__([PROGRAM, "serve"], env, self.folder / "service.log")
        self.wait("the service is ready", 60, lambda: answers(self.url + "/ready"))

    def photo(self, **query):
        """Sends the bundled photo. -> (status, answer)"""
        return analyze(self.url, "photo.jpg", "image/jpeg", **query)

    def metrics(self):
        return http("GET", self.metrics_url)[1].decode()


def analyze(url, file, media_type, user=None, **query):
    """Sends a fixture. -> (status, answer)"""
    headers = {"Content-Type": media_type} | ({"User-ID": user} if user else {})
    path = "/analyze" + ("?" + urllib.parse.urlencode(query) if query else "")
    status, body = http("POST", url + path, (ROOT / "fixtures" / file).read_bytes(), headers, timeout=90)
    return status, json.loads(body)


class Prometheus(Program):
    """A real Prometheus that scrapes services every second, with rules whose windows may be shortened."""

    def __init__(self, folder, targets, rules):
        folder = Path(folder) / "prometheus"
        folder.mkdir()
        for path, text in rules.items():
            (folder / path).write_text(text)
        jobs = [{"targets": [f"127.0.0.1:{port}"], "labels": {"service": service}} for service, port in targets.items()]
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(folder / path) for path in rules],
            "scrape_configs": [{"job_name": "koalens", "static_configs": jobs}]}))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                          f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], {"PATH": PATH},
                         folder / "prometheus.log")
        self.wait("Prometheus is ready", 30, lambda: answers(self.url + "/-/ready"))

    def query(self, expression):
        """The samples of an expression now."""
        status, body = http("GET", f"{self.url}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        answer = json.loads(body)
        assert status == 200 and answer["status"] == "success", f"{expression}: {answer}"
        return answer["data"]["result"]

    def firing(self):
        """The names of the alerts that fire."""
        return {sample["metric"]["alertname"] for sample in self.query('ALERTS{alertstate="firing"}')}


class Postgres:
    """A throw-away PostgreSQL on a socket of its own; root runs it as user postgres."""

    def __init__(self):
        self.programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="koalens-pg-", dir="/tmp"))
        self.account = []
        if subprocess.run(["id", "-u"], capture_output=True, check=True).stdout.strip() == b"0":
            shutil.chown(self.folder, *[pwd.getpwnam("postgres").pw_uid, pwd.getpwnam("postgres").pw_gid])
            self.account = ["runuser", "-u", "postgres", "--"]
        self._run("initdb", "--auth=trust", "--username=koalens", "--encoding=UTF8", "--no-sync", "-D", f"{self.folder}/data")
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-w", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-o", options, "start")
        self._run("createdb", "--host", str(self.folder), "--username=koalens", "koalens")
        self.url = f"postgres://koalens@%2F{str(self.folder)[1:].replace('/', '%2F')}/koalens"

    def _run(self, program, *arguments):
        done = subprocess.run([*self.account, self.programs / program, *arguments], cwd="/", stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 0, f"{program}: {done.stderr.decode()}"

    def stop(self):
        if self.folder.exists():
            self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
            shutil.rmtree(self.folder)


class Rig:
    """Things with `stop`, and a folder, for one test class. All of it is stopped when Python ends, too."""

    def __init__(self):
        atexit.register(self.stop)
        self._folder = tempfile.TemporaryDirectory(prefix="koalens-ops-")
        self.folder = Path(self._folder.name)
        self._running = []

    def start(self, program):
        self._running.append(program)
        return program

    def stop(self):
        atexit.unregister(self.stop)
        while self._running:
            self._running.pop().stop()
        self._folder.cleanup()
