"""Rules, dashboards and alert routes: checked by their own tools, and tried on a real Prometheus that scrapes running
services. Windows and patience of the rules are shortened for that; names, labels and limits are as committed."""

import concurrent.futures
import json
import re
import subprocess
import unittest

import yaml
from harness import ADMIN_TOKEN, PATH, PROGRAM, ROOT, Postgres, Prometheus, Rig, Service, Stub, analyze, http, until

MONITORING = ROOT / "monitoring"
RULES = sorted((MONITORING / "rules").glob("*.yml"))
DASHBOARDS = sorted((MONITORING / "grafana/dashboards").glob("*.json"))
# Queries that are empty while nothing is wrong; each says so under its title.
EMPTY_IN_HEALTH = {"Failures by kind", "Errors by code", "Background work that failed", "Fallbacks", "Telemetry lost"}


# A model whose every answer costs about a dollar.
DEAR = """
[[model]]
vendor = "claude"
id = "stub-dear"
structured = "schema"
image = { rule = "patches", side = 28, max_edge = 1568, max_tokens = 1568 }
max_output = 4_096
prices = [{ input = 300.0, output = 300.0, cached = 300.0 }]
"""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def rules():
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def alerts():
    return [rule for rule in rules() if "alert" in rule]


def queries():
    """Every query of every dashboard: (dashboard, panel, query)."""
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield path.stem, panel["title"], target["expr"]


def names_in(expression):
    """The metrics that a query names: words that are no function, label, modifier or text."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    words = re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\(|[a-zA-Z0-9_:])", bare)
    return {word for word in words if word not in {"or", "and", "unless", "offset", "bool", "by", "m", "h"}}


def documented():
    """Metric -> kind, from the table that is written from the code."""
    table = (ROOT / "docs/metrics.md").read_text()
    return {row.group(1): row.group(2) for row in re.finditer(r"(?m)^\| `(\w+)` \| (\w+) \|", table)}


def exists(name, known):
    for suffix in ("_bucket", "_sum", "_count"):
        if name.endswith(suffix) and known.get(name.removesuffix(suffix)) == "histogram":
            return True
    return known.get(name) in {"counter", "gauge"}


class Files(unittest.TestCase):
    """What their own tools say of the files."""

    def test_prometheus_takes_the_configurations_and_rules(self):
        for path in RULES:
            code, said = run("promtool", "check", "rules", str(path))
            self.assertEqual(code, 0, said)
        for name in ["prometheus.yml", "prometheus.fly.yml"]:
            code, said = run("promtool", "check", "config", "--syntax-only", str(MONITORING / name))
            self.assertEqual(code, 0, said)

    def test_each_alert_fires_on_its_fault_and_not_near_it(self):
        code, said = run("promtool", "test", "rules", *map(str, sorted((MONITORING / "rules/tests").glob("*.yml"))))
        self.assertEqual(code, 0, said)

    def test_each_alert_has_a_test_of_firing_and_one_of_not_firing(self):
        tests = [test for path in (MONITORING / "rules/tests").glob("*.yml")
                 for test in yaml.safe_load(path.read_text())["tests"]]
        for rule in alerts():
            for way in ["fires", "does not fire"]:
                mine = [test for test in tests if test["name"].startswith(f"{rule['alert']} {way}")]
                self.assertEqual(len(mine[:1]), 1, f"{rule['alert']} {way}")
                samples = mine[0]["promql_expr_test"][0]["exp_samples"]
                self.assertEqual(len(samples), 1 if way == "fires" else 0, mine[0]["name"])

    def test_alertmanager_takes_its_configuration_and_routes_by_severity(self):
        path = str(MONITORING / "alertmanager.yml")
        code, said = run("amtool", "check-config", path)
        self.assertEqual(code, 0, said)
        for severity, receivers in [("critical", "text-message,chat,mail"), ("warning", "chat"), ("info", "mail")]:
            code, said = run("amtool", "config", "routes", "test", f"--config.file={path}", f"severity={severity}")
            self.assertEqual((code, said.strip().splitlines()[0]), (0, receivers))
        used = {rule["labels"]["severity"] for rule in alerts()}
        self.assertEqual(used, {"critical", "warning", "info"})

    def test_the_laptops_compose_file_mounts_what_is_there_and_names_what_prometheus_scrapes(self):
        compose = yaml.safe_load((MONITORING / "compose.yaml").read_text())
        for name, service in compose["services"].items():
            for volume in service["volumes"]:
                source = volume.split(":")[0]
                if source.startswith("./") and source != "./secrets":
                    self.assertTrue((MONITORING / source).exists(), f"{name}: {source}")
                elif not source.startswith("."):
                    self.assertIn(source, compose["volumes"])
            for port in service["ports"]:
                self.assertTrue(port.startswith("127.0.0.1:"), f"{name}: {port} is open to the network")
        scraped = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
        [target] = scraped["scrape_configs"][0]["static_configs"][0]["targets"]
        self.assertEqual(target, "koalens:9091")
        self.assertIn("koalens", compose["services"])
        source = yaml.safe_load((MONITORING / "grafana/provisioning/datasources/prometheus.yml").read_text())
        self.assertEqual(source["datasources"][0]["url"], "http://prometheus:9090")
        provider = yaml.safe_load((MONITORING / "grafana/provisioning/dashboards/koalens.yml").read_text())
        folder = provider["providers"][0]["options"]["path"]
        self.assertIn(f"./grafana/dashboards:{folder}:ro", compose["services"]["grafana"]["volumes"])

    def test_a_dashboard_names_each_panel_once_and_asks_the_chosen_prometheus(self):
        for path in DASHBOARDS:
            board = json.loads(path.read_text())
            titles = [panel["title"] for panel in board["panels"]]
            self.assertEqual(len(titles), len(set(titles)), path.stem)
            for panel in board["panels"]:
                self.assertEqual(panel["datasource"]["uid"], "${datasource}")
        self.assertEqual([path.stem for path in DASHBOARDS], ["cost", "media", "rollout", "saturation", "verdicts"])

    def test_every_query_and_rule_names_a_metric_that_there_is(self):
        asked = {(panel, name) for _, panel, query in queries() for name in names_in(query)}
        asked |= {(rule.get("alert") or rule["record"], name) for rule in rules() for name in names_in(rule["expr"])}
        self.assertGreater(len(asked), 100)
        # Prometheus itself makes `up`.
        known, ours = documented(), {rule.get("record") for rule in rules()} | {"up"}
        self.assertEqual(sorted(entry for entry in asked if not exists(entry[1], known) and entry[1] not in ours), [])

    def test_a_panel_that_may_be_empty_says_so(self):
        panels = [panel for path in DASHBOARDS for panel in json.loads(path.read_text())["panels"]]
        said = {panel["title"]: panel.get("description", "") for panel in panels}
        self.assertEqual([title for title in EMPTY_IN_HEALTH if "Empty while" not in said[title]], [])

    def test_names_in_a_query_are_found(self):
        query = 'sum by (a) (rate(x_total{b="c"}[5m] offset 6h)) / on (d) group_left () y:z > 0 or histogram_quantile(0.9, w_bucket)'
        self.assertEqual(names_in(query), {"x_total", "y:z", "w_bucket"})


def shortened(text):
    """Rules for a test: an hour is a minute, a quarter of one is half a minute, what is asked over fewer minutes is
    asked over 10 s, and nothing is waited for."""
    text = re.sub(r"for: \w+", "for: 1s", text)
    text = re.sub(r"interval: \w+", "interval: 1s", text)
    text = re.sub(r"\[1h\]", "[60s]", text)
    text = re.sub(r"\[15m\]", "[30s]", text)
    text = re.sub(r"\[(5|10)m\]", "[10s]", text)
    return re.sub(r"\[30m\]", "[6s]", text)


class Watched(unittest.TestCase):
    """Two services under one Prometheus: one in health, whose figures the dashboards must show, and one that is broken
    in every way that an alert names."""

    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        try:
            cls.set_up()
        except BaseException:
            cls.rig.stop()
            raise

    @classmethod
    def set_up(cls):
        stub = cls.rig.start(Stub(cls.rig.folder))
        swift = {"APP_ENV": "staging", "RATE_LIMIT_PER_MINUTE": "1000000", "ANALYSES_PER_HOUR_PER_ADDRESS": "1000000",
                 "MEDIA_DEADLINE_SECONDS": "35"}
        # Staging draws both readers; the second reading and a budget are on, so that their figures are there as well.
        cls.healthy = cls.rig.start(Service(cls.rig.folder, "healthy", **swift,
                                            **stub.readers("gemini-3.8-flash", "claude-haiku-5-5"),
                                            ENABLE_AB_TEST="true", ENABLE_GEMINI="true", BUDGET_USD_PER_DAY="100"))
        # Production's rules watch it under production's name. Gemini fails, Claude takes two seconds and another service
        # does not answer at all; nobody answers for them, one analysis at a time runs and one may wait.
        cls.broken = cls.rig.start(Service(cls.rig.folder, "broken", **swift | {"APP_ENV": "development"},
                                           **stub.readers("stub-broken", "stub-slow"), ENABLE_GEMINI="true",
                                           OPENAI_API_KEY="x" * 20, OPENAI_BASE_URL=stub.url + "/v1",
                                           OPENAI_MODEL_NAME="stub-hangs", OPENAI_TIMEOUT="6",
                                           LOCAL_FALLBACK="off", VEGAN_SECOND_READING="off", MAX_RETRIES="0",
                                           ANALYSES_AT_ONCE="1", ANALYSES_QUEUED="1", ANSWER_CACHE_SECONDS="0"))
        # A third one has a dear model, a budget and a database that goes away, and then goes away itself.
        dear = cls.rig.folder / "dear.toml"
        dear.write_text(DEAR)
        cls.database = cls.rig.start(Postgres())
        subprocess.run([PROGRAM, "migrate"], env={"PATH": PATH, "DATABASE_URL": cls.database.url}, check=True,
                       stdout=subprocess.DEVNULL)
        cls.leaving = cls.rig.start(Service(cls.rig.folder, "leaving", **swift | {"APP_ENV": "development"},
                                            **stub.readers("gemini-3.8-flash", "stub-dear"), AI_PROVIDER="claude",
                                            MODELS_FILE=str(dear), BUDGET_USD_PER_DAY="20", DATABASE_URL=cls.database.url,
                                            ANSWER_CACHE_SECONDS="0", VEGAN_SECOND_READING="off"))
        cls.prometheus = cls.rig.start(Prometheus(cls.rig.folder, {
            "koalens-backend-staging": cls.healthy.metrics_port, "koalens-backend": cls.broken.metrics_port,
            "koalens-leaving": cls.leaving.metrics_port}, {path.name: shortened(path.read_text()) for path in RULES}))

    @classmethod
    def tearDownClass(cls):
        cls.rig.stop()

    def traffic(self, language):
        """What users do: typed text, a photo twice and a clip; an answer is kept for its language."""
        for _ in range(2):
            self.assertEqual(self.healthy.photo(preferredLanguage=language)[0], 200)
        self.assertEqual(analyze(self.healthy.url, "can-soup.mp4", "video/mp4", preferredLanguage=language)[0], 200)
        text = json.dumps({"text": "Ingredienser: vatten, salt"}).encode()
        http("POST", self.healthy.url + "/analyze-text", text, {"Content-Type": "application/json"})

    def test_every_query_gets_data_from_a_service_in_health(self):
        def asked(query):
            query = query.replace('"$service"', '"koalens-backend-staging"').replace("$__rate_interval", "60s")
            return [sample for sample in self.prometheus.query(query) if sample["value"][1] != "NaN"]
        lacking = [(board, panel, query) for board, panel, query in queries() if panel not in EMPTY_IN_HEALTH]
        for language in ["sv", "en", "de", "fi", "da", "nb", "fr", "es", "it", "nl", "pl", "pt"]:
            self.traffic(language)
            until("the next scrape", 10, self.scraped)
            lacking = [entry for entry in lacking if not asked(entry[2])]
            if not lacking:
                return
        self.fail(f"no data: {lacking}")

    def scraped(self):
        """Whether Prometheus has looked since the last call of this."""
        before = self.last_scrape
        for sample in self.prometheus.query('timestamp(up{service="koalens-backend-staging"})'):
            self.last_scrape = sample["value"][1]
        return self.last_scrape != before

    last_scrape = ""
    fired = set()

    def fires(self, name, seconds, breaking=lambda: None):
        def fires():
            breaking()
            return name in self.prometheus.firing()
        until(f"{name} fires", seconds, fires, every=0.5)
        self.fired.add(name)

    def test_what_an_alert_names_is_broken_and_the_alert_fires(self):
        def crowd(people, **query):
            """Photos of so many people at once."""
            with concurrent.futures.ThreadPoolExecutor(people) as pool:
                return list(pool.map(lambda _: self.broken.photo(**query)[0], range(people)))

        def spend():
            self.assertEqual(self.leaving.photo()[0], 200)

        loud = {rule["alert"] for rule in alerts() if not rule["alert"].startswith("KoalensStaging")}
        self.assertEqual(self.prometheus.firing() & loud - {"KoalensNoTraffic"}, set())
        self.fires("KoalensNoTraffic", 40)
        # Gemini fails: three failures open its circuit.
        for _ in range(3):
            self.assertGreaterEqual(crowd(1, provider="gemini")[0], 500)
        self.fires("KoalensCircuitOpen", 20)
        for name in ["KoalensProviderFailureShare", "KoalensProviderFailures", "KoalensServerErrors"]:
            self.fires(name, 60, lambda: crowd(1, provider="gemini"))
        # Claude takes its time, for two at once and then for more than may wait. The third reader does not answer.
        self.fires("KoalensLatency", 60, lambda: crowd(2, provider="claude"))
        self.fires("KoalensQueueFull", 40, lambda: crowd(6, provider="claude"))
        self.fires("KoalensProviderSlow", 60, lambda: crowd(2, provider="openai"))
        # Money is spent, and the budget with it; then the database goes, and at last the service.
        self.fires("KoalensSpend", 40, spend)
        self.fires("KoalensBudget", 60, spend)
        self.database.stop()
        self.fires("KoalensSpooling", 40, spend)
        self.leaving.stop()
        self.fires("KoalensDown", 20)
        # Somebody rolls back.
        admin = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        for command in ["start", "rollback"]:
            self.assertEqual(http("POST", f"{self.broken.url}/rollout/{command}", b"", admin)[0], 200)
        self.fires("KoalensRolledBack", 20)
        # What cannot be broken from outside is left to promtool.
        self.assertEqual(loud - self.fired, {"KoalensRecordsLost"})


if __name__ == "__main__":
    unittest.main()
