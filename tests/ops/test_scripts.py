"""The scripts of deployment, run against the real service on loopback. `fly` is the stand-in under fake/, which deploys
to this machine and refuses every command and flag that is not on the checked-in list."""

import concurrent.futures
import itertools
import json
import os
import signal
import subprocess
import threading
import unittest

from fly_commands import NoSuchCommand, parse
from harness import ADMIN_TOKEN, PATH, PROGRAM, ROOT, Postgres, Rig, Stub, analyze, free_port, http, until

SCRIPTS = ["deploy-staging.sh", "deploy-production.sh", "rollback.sh", "validate-staging.sh", "analyze_performance.py"]
# A plan of seconds; nobody waits for a second reading; the debug build's decoding is slow on a busy machine.
SWIFT = {"ADMIN_TOKEN": ADMIN_TOKEN, "AI_PROVIDER": "claude", "ROLLOUT_PLAN_QUICK": "50:1s,100:1s",
         "ROLLOUT_MINIMUM_UNITS": "1", "VEGAN_SECOND_READING": "off", "MAX_RETRIES": "0", "LOCAL_FALLBACK": "off",
         "ANSWER_CACHE_SECONDS": "0", "RATE_LIMIT_PER_MINUTE": "1000000", "ANALYSES_PER_HOUR_PER_ADDRESS": "1000000",
         "ROLLOUT_P95_WARNING_MS": "60000", "ROLLOUT_MEAN_WARNING_MS": "60000"}


class Fly:
    """An app of the stand-in."""

    def __init__(self, rig, name, **secrets):
        self.name, self.home = name, rig.folder / name
        (self.home / "data").mkdir(parents=True)
        self.port, self.metrics_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.metrics_url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        (self.home / "app.json").write_text(json.dumps({
            "name": name, "program": PROGRAM, "port": self.port, "metrics_port": self.metrics_port, "secrets": secrets}))

    def env(self, **more):
        return {"PATH": f"{ROOT}/tests/ops/fake:{PATH}", "FAKE_FLY": str(self.home), "HOME": str(self.home),
                "DEPLOY_DIR": str(self.home / "deploy"), "ADMIN_TOKEN": ADMIN_TOKEN, "no_proxy": "*",
                "READY_EVERY_SECONDS": "0.2", "WATCH_EVERY_SECONDS": "0.2", "PYTHONDONTWRITEBYTECODE": "1"} | more

    def run(self, script, *arguments, seconds=120, **more):
        """-> (exit code, what it said)"""
        where = [] if script == "validate-staging.sh" else ["--app", self.name, "--url", self.url]
        try:
            done = subprocess.run([f"{ROOT}/scripts/{script}", *arguments, *where], env=self.env(**more), timeout=seconds,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"{script} took longer than {seconds} s: {late.output.decode()}") from late
        return done.returncode, done.stdout.decode()

    def calls(self):
        path = self.home / "calls.log"
        return path.read_text().splitlines() if path.exists() else []

    def rollout(self):
        return json.loads(http("GET", self.url + "/rollout", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})[1])

    def stop(self):
        path = self.home / "pid.json"
        if path.exists():
            try:
                os.kill(json.loads(path.read_text()), signal.SIGKILL)
            except ProcessLookupError:
                pass


class Users:
    """Sends photos, each from another user, until it is stopped."""

    def __init__(self, url):
        self._url, self._stop, self._number = url, threading.Event(), itertools.count()
        self._threads = [threading.Thread(target=self._send) for _ in range(2)]
        for thread in self._threads:
            thread.start()

    def _send(self):
        while not self._stop.is_set():
            try:
                analyze(self._url, "photo.jpg", "image/jpeg", user=f"user-{next(self._number)}")
            except (OSError, ValueError):
                self._stop.wait(0.2)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()


class Deployment(unittest.TestCase):
    """One rig for all: each test has an app of its own."""

    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        try:
            cls.stub = cls.rig.start(Stub(cls.rig.folder))
        except BaseException:
            cls.rig.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.rig.stop()

    def app(self, name, **settings):
        fly = self.rig.start(Fly(self.rig, name, **SWIFT | self.stub.readers() | settings))
        self.addCleanup(fly.stop)
        return fly

    def users(self, fly):
        users = Users(fly.url)
        self.addCleanup(users.stop)
        return users

    def test_staging_is_deployed_and_validated(self):
        fly = self.app("staging", CORS_ORIGIN="https://app.example", LOCAL_FALLBACK="on")
        code, said = fly.run("deploy-staging.sh", METRICS_URL=fly.metrics_url)
        self.assertEqual(code, 0, said)
        self.assertEqual([call.split()[0] for call in fly.calls()], ["config", "deploy"])
        for row in ["health", "ready", "text, not vegan", "image", "video", "forced: gemini", "forced: claude",
                    "A/B split", "A/B figures", "error: no JSON", "CORS: a stranger", "metric: api_requests_total"]:
            self.assertIn(f"ok      {row}", said)
        self.assertIn("SKIPPED CORS: our origin", said)
        self.assertIn("0 failed, 1 skipped", said)

        with self.subTest("the readers are compared by their logs"):
            lines = (fly.home / "service.log").read_text().splitlines()
            files = []
            for reader in ["gemini", "claude"]:
                files.append(fly.home / f"{reader}.json")
                mine = [line for line in lines if f'"provider":"{reader}"' in line]
                files[-1].write_text("".join(f"2026-01-02T03:04:05Z app[148e] arn [info]{line}\n" for line in mine))
            done = subprocess.run([f"{ROOT}/scripts/analyze_performance.py", *files], capture_output=True, text=True,
                                  env={"PATH": PATH, "KOALENS": PROGRAM}, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            for reader in ["gemini", "claude"]:
                self.assertIn(f"| {reader} | stub-ok |", done.stdout)

        with self.subTest("what is wrong with a service is found, each thing by its own row"):
            # Gemini's name is now that of a model which fails, the token is gone, and nobody draws for a test.
            broken = self.app("broken", GEMINI_MODEL_NAME="stub-broken", APP_ENV="development", ADMIN_TOKEN="")
            (broken.home / "env.json").write_text("{}")
            subprocess.run(["fly", "secrets", "set", "PORT_UNUSED=1", "--app", "broken"], env=broken.env(), check=True)
            code, said = broken.run("validate-staging.sh", broken.url, "--samples", "2", ADMIN_TOKEN="")
            self.assertEqual(code, 1, said)
            failed = [line[8:42].strip() for line in said.splitlines() if line.startswith("FAILED")]
            self.assertEqual(failed, ["forced: gemini", "A/B split"], said)
            self.assertIn("SKIPPED metrics", said)
            self.assertIn("SKIPPED A/B figures", said)

    def test_production_is_backed_up_deployed_and_rolled_out_to_everybody(self):
        fly = self.app("production")
        code, said = fly.run("deploy-production.sh", "--no-rollout")
        self.assertEqual(code, 0, said)
        self.assertIn("no backup: the app has no machine yet", said)
        self.assertEqual(fly.rollout()["currentPercentage"], 0)
        self.users(fly)
        code, said = fly.run("deploy-production.sh")
        self.assertEqual(code, 0, said)
        for words in ["backup: ", "asked for the rollout, plan quick", "50 % running", "100 %", "the rollout is finished"]:
            self.assertIn(words, said)
        backups = list((fly.home / "deploy/backups").iterdir())
        self.assertEqual([path.stat().st_mode & 0o777 for path in backups], [0o600])
        self.assertEqual(list((fly.home / "data").glob("backup-*")), [], "the copy on the machine is removed")
        log = next(path for path in (fly.home / "deploy/logs").iterdir() if "the rollout is finished" in path.read_text())
        self.assertNotIn(ADMIN_TOKEN, log.read_text() + said)
        # Only the service moved percentages.
        movers = {line["who"] for line in fly.rollout()["history"] if line["before"] not in (None, line["after"])}
        self.assertLessEqual(movers, {"admin", "leader"}, fly.rollout()["history"])

        with self.subTest("a rollout that is finished is not begun anew"):
            code, said = fly.run("deploy-production.sh")
            self.assertEqual(code, 0, said)
            self.assertIn("finished already", said)
            self.assertEqual(fly.rollout()["currentPercentage"], 100)

    def test_a_reader_that_fails_is_rolled_back_and_the_script_says_why(self):
        fly = self.app("failing", GEMINI_MODEL_NAME="stub-broken", ROLLOUT_PLAN_QUICK="50:10m,100:10m")
        self.assertEqual(fly.run("deploy-production.sh", "--no-rollout")[0], 0)
        self.users(fly)
        code, said = fly.run("deploy-production.sh")
        self.assertEqual(code, 3, said)
        self.assertIn("rolled back: the new reader fails more often than the old one; figures: {", said)
        self.assertEqual(fly.rollout()["currentPercentage"], 0)

    def test_interrupted_it_watches_again_and_a_rollback_ends_it(self):
        fly = self.app("interrupted", ROLLOUT_PLAN_QUICK="50:10m,100:10m")
        command = [f"{ROOT}/scripts/deploy-production.sh", "--app", fly.name, "--url", fly.url]
        first = subprocess.Popen(command, env=fly.env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, start_new_session=True,
                                 # What a shell started in the background ignores it, and its children with it.
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        try:
            until("it watches", 90, lambda: (fly.home / "deploy/interrupted.state").exists()
                  and "started" in (fly.home / "deploy/interrupted.state").read_text())
            until("it holds", 30, lambda: fly.rollout()["lastDecision"])
        finally:
            os.killpg(first.pid, signal.SIGINT)
        said = first.communicate(timeout=60)[0].decode()
        self.assertEqual(first.returncode, 130, said)
        self.assertIn("the rollout goes on by itself", said)
        deployed = len(fly.calls())

        with concurrent.futures.ThreadPoolExecutor() as pool:
            again = pool.submit(fly.run, "deploy-production.sh")
            until("it watches again", 30, lambda: any(
                "50 % running" in path.read_text() for path in (fly.home / "deploy/logs").glob("*production*")
                if "watching it again" in path.read_text()))
            code, said = fly.run("rollback.sh", "--reason", "trying it")
            self.assertEqual(code, 0, said)
            self.assertIn("rolled back: 0 %, and five users asked for get: claude", said)
            self.assertRegex(said, r"done in \d s")
            code, said = again.result()
        self.assertEqual(code, 3, said)
        self.assertIn("hold, the step has not lasted long enough", said)
        self.assertIn("admin asked for it: trying it", said)
        self.assertEqual(len(fly.calls()), deployed, "watching and rolling back need no fly")

    def test_a_release_is_taken_back_within_a_minute(self):
        fly = self.app("back")
        for _ in range(2):
            self.assertEqual(fly.run("deploy-production.sh", "--no-rollout", "--fresh")[0], 0)
        code, said = fly.run("rollback.sh", "--release", seconds=60)
        self.assertEqual(code, 0, said)
        newest = json.loads((fly.home / "releases.json").read_text())[0]
        self.assertEqual(newest["ImageRef"], "registry.fly.io/back:deployment-1")

        with self.subTest("where the service takes no roll-back, Gemini is switched off by a secret"):
            code, said = fly.run("rollback.sh", ADMIN_TOKEN="another token than the service's")
            self.assertEqual(code, 0, said)
            self.assertIn("Gemini is switched off", said)
            self.assertIn("secrets set ENABLE_GEMINI=false --app back", fly.calls())

    def test_a_backup_that_fails_stops_the_deploy(self):
        fly = self.app("unsaved")
        self.assertEqual(fly.run("deploy-production.sh", "--no-rollout")[0], 0)
        (fly.home / "data/koalens.db").rename(fly.home / "data/elsewhere.db")
        before = len([call for call in fly.calls() if call.startswith("deploy")])
        code, said = fly.run("deploy-production.sh", "--no-rollout")
        self.assertEqual(code, 1, said)
        self.assertIn("the backup failed: no deploy", said)
        self.assertEqual(len([call for call in fly.calls() if call.startswith("deploy")]), before)

    def test_on_postgresql_the_database_is_dumped_and_migrated_before_machines_are_replaced(self):
        server = self.rig.start(Postgres())
        fly = self.app("several", DATABASE_URL=server.url)
        deploy = ["deploy-production.sh", "--config", "deploy/fly.postgres.toml", "--no-rollout"]
        code, said = fly.run(*deploy)
        self.assertEqual(code, 1, said)
        self.assertIn("set BACKUP_DATABASE_URL", said)
        self.assertNotIn("deploy", [call.split()[0] for call in fly.calls()])
        code, said = fly.run(*deploy, BACKUP_DATABASE_URL=server.url)
        self.assertEqual(code, 0, said)
        self.assertIn("the database is up to date", said)
        self.assertNotIn("--ha=false", said)
        [backup] = (fly.home / "deploy/backups").glob("several-*.dump")
        self.assertEqual(backup.stat().st_mode & 0o777, 0o600)

    def test_a_dry_run_calls_nothing(self):
        fly = self.app("dry")
        for script, words in [("deploy-production.sh", "would run: fly deploy --config fly.toml --app dry --ha=false"),
                              ("deploy-staging.sh", "would run: fly deploy --config fly.staging.toml --app dry --ha=false"),
                              ("rollback.sh", "would ask: POST")]:
            code, said = fly.run(script, "--dry-run", ADMIN_TOKEN="")
            self.assertEqual(code, 0, said)
            self.assertIn(words, said)
        code, said = fly.run("deploy-production.sh", "--dry-run", "--config", "deploy/fly.postgres.toml",
                             BACKUP_DATABASE_URL="postgres://someone:hidden@db/koalens")
        self.assertEqual(code, 0, said)
        self.assertIn("would run: pg_dump", said)
        self.assertNotIn("hidden", said)
        self.assertEqual(fly.calls(), [])
        self.assertFalse((fly.home / "deploy").exists())

    def test_a_file_for_the_other_environment_is_refused(self):
        fly = self.app("mixed")
        for script, config in [("deploy-production.sh", "fly.staging.toml"), ("deploy-staging.sh", "fly.toml")]:
            code, said = fly.run(script, "--config", config)
            self.assertEqual((code, fly.calls()), (1, []), said)


class Doors(unittest.TestCase):
    """What needs no service."""

    def test_every_script_has_help_and_refuses_what_it_does_not_know(self):
        for script in SCRIPTS:
            path = f"{ROOT}/scripts/{script}"
            helped = subprocess.run([path, "--help"], capture_output=True, text=True, env={"PATH": PATH}, check=False)
            self.assertEqual((helped.returncode, helped.stderr), (0, ""), script)
            self.assertIn(f"usage: scripts/{script}", helped.stdout)
            refused = subprocess.run([path, "--no-such-option"], capture_output=True, env={"PATH": PATH}, check=False)
            self.assertEqual(refused.returncode, 2, script)

    def test_the_stand_in_refuses_commands_and_flags_that_fly_does_not_have(self):
        self.assertEqual(parse(["ssh", "console", "-a", "x", "-C", "ls"]), ("ssh console", {"--app": "x", "--command": "ls"}, []))
        for words in ["rollout start", "deploy --percent 10", "ssh sftp get", "releases list", "deploy --app"]:
            with self.assertRaises(NoSuchCommand, msg=words):
                parse(words.split())
        refused = subprocess.run([f"{ROOT}/tests/ops/fake/fly", "rollout", "start"], capture_output=True, check=False,
                                 env={"PATH": PATH, "FAKE_FLY": self._app()})
        self.assertEqual(refused.returncode, 1)

    def _app(self):
        rig = Rig()
        self.addCleanup(rig.stop)
        (rig.folder / "app.json").write_text('{"name": "x"}')
        return str(rig.folder)


if __name__ == "__main__":
    unittest.main()
