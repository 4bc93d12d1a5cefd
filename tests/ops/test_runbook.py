"""docs/operations.md followed literally: every alert has its section, every command and setting exists, and what it says
about restoring brings the data back."""

import json
import re
import shlex
import subprocess
import unittest

from fly_commands import LIST, NoSuchCommand, parse
from harness import PATH, PROGRAM, ROOT, Postgres, Rig, Service, http, until
from test_files import settings
from test_monitoring import alerts, documented, exists
from test_scripts import SWIFT, Fly

PAGE = (ROOT / "docs/operations.md").read_text()
PAGES = {"docs/operations.md": PAGE, "deploy/README.md": (ROOT / "deploy/README.md").read_text()}


def sections(page):
    """Heading -> text below it, up to the next heading."""
    parts = re.split(r"(?m)^#{2,4} (.+)$", page)
    return dict(zip(parts[1::2], parts[2::2]))


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def commands(page):
    """What is meant to be typed: indented lines and code in backticks."""
    lines = re.findall(r"(?m)^ {4,}(\S.*)$", page) + re.findall(r"`([^`\n]+)`", page)
    return [line.split("  #")[0].split("    # ")[0].strip() for line in lines]


def block(heading):
    """The indented commands of a section."""
    return re.findall(r"(?m)^    (\S.*)$", sections(PAGE)[heading])


class Page(unittest.TestCase):
    def test_each_alert_links_to_its_section_which_says_what_it_means_what_to_look_at_and_what_to_do(self):
        page = sections(PAGE)
        for rule in alerts():
            name = rule["alert"].replace("KoalensStaging", "Koalens")
            self.assertEqual(rule["annotations"]["runbook_url"], f"docs/operations.md#{anchor(name)}")
            self.assertIn(name, page)
            for part in ["**Means.**", "**Look.**", "**Do.**"]:
                self.assertIn(part, page[name], f"{name}: {part}")
        written = {heading for heading in page if heading.startswith("Koalens")}
        self.assertEqual(written - {rule["alert"] for rule in alerts()}, set(), "sections of alerts that are no more")

    def test_each_link_within_the_page_leads_somewhere(self):
        anchors = {anchor(heading) for heading in sections(PAGE)}
        self.assertEqual([link for link in re.findall(r"\]\(#([^)]+)\)", PAGE) if link not in anchors], [])
        for file in re.findall(r"\]\((?!#|http)([^)#]+)\)", PAGE):
            self.assertTrue((ROOT / "docs" / file).exists(), file)

    def test_each_command_of_fly_is_one_that_fly_has(self):
        seen = 0
        for name, page in PAGES.items():
            for line in commands(page):
                for part in re.split(r"\s[|;]\s|&&", line):
                    if not part.strip().startswith("fly "):
                        continue
                    words = shlex.split(re.sub(r"\[[^\]]*\]|\$\([^)]*\)", "X", part), comments=True)
                    if " ".join(words[1:]) in LIST:
                        continue  # a command's name, not a command
                    seen += 1
                    try:
                        parse(words[1:])
                    except NoSuchCommand as error:
                        self.fail(f"{name}: {part}: {error}")
        self.assertGreater(seen, 25)

    def test_each_setting_metric_and_script_that_is_named_exists(self):
        known = settings() | {"APP", "URL", "ADMIN_TOKEN", "MACHINE", "VOLUME", "USER", "ID"}
        codes = set(re.findall(r'= \d{3} "([A-Z_]+)"', (ROOT / "src/http/error.rs").read_text()))
        named = set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`", PAGE)) | set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)=", PAGE))
        self.assertEqual(sorted(named - known - codes), [])
        metrics = documented()
        named = set(re.findall(r"\b([a-z]+(?:_[a-z]+)*_(?:total|seconds|ratio|state|records|limit_bytes|bytes))\b", PAGE))
        self.assertGreater(len(named), 4)
        self.assertEqual(sorted(name for name in named if not exists(name, metrics)), [])
        for script in set(re.findall(r"scripts/[\w.-]+", "".join(PAGES.values()))):
            self.assertTrue((ROOT / script).exists(), script)


class Restored(unittest.TestCase):
    """Backups brought back as the page says."""

    def setUp(self):
        self.rig = Rig()
        self.addCleanup(self.rig.stop)

    def test_sqlite_by_the_commands_of_the_page(self):
        fly = self.rig.start(Fly(self.rig, "koalens-backend", **SWIFT | {"AI_PROVIDER": "local"}))
        env = fly.env()

        def shell(line):
            machine = json.loads(subprocess.run(["fly", "machine", "list", "--json"], env=env, capture_output=True,
                                                check=True).stdout)
            line = line.replace("MACHINE", machine[0]["id"] if machine else "MACHINE")
            # The page's commands are run from the top of the repository; what they write belongs elsewhere here.
            line = re.sub(r"(?<= )koalens\.db\b", f"{self.rig.folder}/koalens.db", line)
            done = subprocess.run(["bash", "-euc", line], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{line}: {done.stdout}{done.stderr}")
        shell("fly deploy --config fly.toml --app koalens-backend --ha=false")
        kept = self.typed(fly.url, "vatten, grädde")
        for line in [line for line in block("Backup and restore") if line.startswith("fly ")]:
            shell(line)
        self.assertTrue((self.rig.folder / "koalens.db").exists())
        later = self.typed(fly.url, "vatten, salt")
        for line in block("Restore SQLite"):
            shell(line)
        self.assertEqual(self.stored(fly.url, kept)["nonVeganIngredients"], ["grädde"])
        self.assertEqual(http("GET", f"{fly.url}/analyses/{later}")[0], 404, "what came after the backup is gone")
        self.assertTrue((fly.home / "data/koalens.db.before").exists(), "the old file is kept")

    def test_postgresql_by_the_commands_of_the_page(self):
        server = self.rig.start(Postgres())
        url = server.url
        env = {"PATH": f"{server.programs}:{PATH}", "DATABASE_URL": url, "no_proxy": "*"}
        subprocess.run([PROGRAM, "migrate"], env=env, check=True, stdout=subprocess.DEVNULL)
        service = self.rig.start(Service(self.rig.folder, "first", DATABASE_URL=url, AI_PROVIDER="local"))
        kept = self.typed(service.url, "vatten, grädde")

        # The backup of the deploy script, and then the restoring by hand.
        deploy = f'. scripts/deployment.sh; app=x engine=postgres log= deploy_dir={self.rig.folder}; backup_database'
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", deploy], cwd=ROOT, capture_output=True, text=True,
                              env=env | {"BACKUP_DATABASE_URL": url}, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        [dump] = (self.rig.folder / "backups").iterdir()
        later = self.typed(service.url, "vatten, salt")
        [restore] = block("Restore PostgreSQL")
        subprocess.run(["bash", "-euc", restore.replace("koalens.dump", str(dump))], env=env, check=True)
        self.assertEqual(self.stored(service.url, kept)["nonVeganIngredients"], ["grädde"])
        self.assertEqual(http("GET", f"{service.url}/analyses/{later}")[0], 404)

    def typed(self, url, text):
        body = json.dumps({"text": f"Ingredienser: {text}.", "userId": "anna"}).encode()
        status, answer = http("POST", url + "/analyze-text", body, {"Content-Type": "application/json"})
        self.assertEqual(status, 200)
        identity = json.loads(answer)["analysisId"]
        # Typed analyses are recorded in batches, after their answer.
        until("it is recorded", 10, lambda: http("GET", f"{url}/analyses/{identity}")[0] == 200)
        return identity

    def stored(self, url, identity):
        status, answer = http("GET", f"{url}/analyses/{identity}")
        self.assertEqual(status, 200)
        return json.loads(answer)


if __name__ == "__main__":
    unittest.main()
