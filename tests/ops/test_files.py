"""Files of deployment that no other test starts: scripts, Dockerfile, unit, examples for other platforms."""

import json
import os
import re
import subprocess
import tomllib
import unittest

import yaml
from harness import PATH, PROGRAM, ROOT, Rig

SECRETS = ("KEY", "TOKEN", "SECRET", "URL", "DSN")


def settings():
    """The names of the service's settings."""
    said = subprocess.run([PROGRAM, "config"], env={"PATH": PATH}, capture_output=True, text=True, check=True).stdout
    return {line.split("=")[0] for line in said.splitlines() if "=" in line}


def shell_scripts():
    for folder in ["scripts", "deploy", ".ci", "tests/ops"]:
        for path in sorted(path for path in (ROOT / folder).rglob("*") if path.is_file()):
            with open(path, "rb") as file:
                if re.match(rb"#!/bin/(ba)?sh|# shellcheck shell=", file.readline()):
                    yield str(path.relative_to(ROOT))


class Linted(unittest.TestCase):
    def test_every_shell_script_passes_shellcheck(self):
        scripts = list(shell_scripts())
        for expected in ["scripts/deploy-production.sh", "scripts/deployment.sh", "scripts/setup", "deploy/entrypoint.sh", ".ci/run"]:
            self.assertIn(expected, scripts)
        checked = subprocess.run(["shellcheck", "--external-sources", *scripts], cwd=ROOT, capture_output=True, text=True,
                                 check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_the_dockerfile_passes_hadolint(self):
        hadolint = os.environ.get("HADOLINT")
        if not hadolint:
            self.skipTest("HADOLINT is not set: scripts/test-ops gets it from PyPI")
        checked = subprocess.run([hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout), (0, ""))

    def test_the_unit_is_valid_and_lets_the_service_do_little(self):
        rig = Rig()
        self.addCleanup(rig.stop)
        unit = rig.folder / "koalens.service"
        # The program is not installed on a developer's machine, and verify looks for it.
        unit.write_text((ROOT / "deploy/systemd/koalens.service").read_text().replace("/usr/local/bin/koalens serve", "/bin/true"))
        verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
        self.assertEqual((verified.returncode, verified.stderr), (0, ""))
        # The exposure that systemd reckons is 0 to 10, here times ten; an unhardened unit has 92 or more.
        held = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit],
                              capture_output=True, text=True, check=False)
        self.assertEqual(held.returncode, 0, held.stdout)


class Image(unittest.TestCase):
    def test_the_layer_of_dependencies_needs_no_source_of_ours(self):
        # Cargo refuses a manifest whose targets it can neither find nor is told where they are, and that layer has none.
        manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
        for kind in ["bin", "bench", "test", "example"]:
            for target in manifest.get(kind, []):
                self.assertIn("path", target, f"[[{kind}]] {target['name']}")

    def test_what_the_image_copies_is_in_its_build_context_and_in_the_repository(self):
        ignored = (ROOT / ".dockerignore").read_text().splitlines()
        let_in = {line[1:] for line in ignored if line.startswith("!")}
        copies = re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        sources = {source for copy in copies for source in copy.split()[:-1]}
        self.assertEqual(sources, let_in)
        for source in sources:
            self.assertTrue((ROOT / source).exists(), source)

    def test_what_is_compiled_in_lies_where_the_image_is_built_from(self):
        # include_str! and its kin may name files outside of src; those must be in the context as well.
        files = list((ROOT / "src").rglob("*.rs"))
        # A module that only tests have; those within it are told by its name in their path.
        declared = re.compile(r"#\[cfg\(test\)\]\nmod (\w+);")
        of_tests = {name for path in files for name in declared.findall(path.read_text())}
        self.assertIn("tests", of_tests)
        for path in files:
            text = path.read_text().split("#[cfg(test)]")[0]
            if of_tests & {path.stem, path.parent.name}:
                continue
            for name in re.findall(r'include_(?:str|bytes)!\(\s*"([^"]+)"', text):
                file = os.path.relpath((path.parent / name).resolve(), ROOT)
                self.assertIn(file.split("/")[0], {"src", "migrations"}, f"{path.name}: {name}")

    def test_the_readers_of_the_image_know_what_is_in_it(self):
        page = (ROOT / "deploy/README.md").read_text().replace("`-", "`tesseract-ocr-")
        stage = (ROOT / "Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
        packages = re.findall(r"(?:ca-certificates|tini|lib\w+\d+|liblept5|tesseract-ocr-\w+)\b", stage)
        self.assertGreater(len(packages), 10)
        self.assertEqual([package for package in packages if package not in page], [], "not in the table of contents")


class Elsewhere(unittest.TestCase):
    """Compose, Cloud Run and ECS: what they set are settings, and they stop the service no sooner than it is done."""

    def check(self, where, variables, stop_seconds, grace_seconds):
        self.assertEqual(sorted(set(variables) - settings()), [], where)
        self.assertGreater(stop_seconds, grace_seconds, where)

    def test_compose(self):
        compose = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text())
        service = compose["services"]["koalens"]
        variables = service["environment"]
        self.check("compose", variables, int(service["stop_grace_period"].rstrip("s")), 50)
        self.assertEqual((service["read_only"], service["cap_drop"], service["user"]), (True, ["ALL"], "10001:10001"))
        text = (ROOT / "deploy/compose/compose.yaml").read_text()
        example = (ROOT / "deploy/compose/example.env").read_text()
        for name in set(re.findall(r"\$\{(\w+)[:}]", text)):
            self.assertRegex(example, rf"(?m)^{name}=", "each variable stands in example.env")
        for name, value in variables.items():
            if name.endswith(SECRETS) and name != "REDIS_URL":
                self.assertIn("${", value, f"{name} is written into the file")
        self.assertEqual(set(compose["volumes"]), {"spool", "postgres"})

    def test_cloud_run(self):
        service = yaml.safe_load((ROOT / "deploy/cloud-run.yaml").read_text())
        [container] = service["spec"]["template"]["spec"]["containers"]
        values = {entry["name"]: entry.get("value") for entry in container["env"]}
        self.check("Cloud Run", values, 10, int(values["SHUTDOWN_GRACE_SECONDS"]))
        for name, value in values.items():
            self.assertEqual(value is None, name.endswith(SECRETS), f"{name}: a secret comes from Secret Manager")
        self.assertEqual(container["startupProbe"]["httpGet"]["path"], "/ready")

    def test_ecs(self):
        task = json.loads((ROOT / "deploy/ecs-task.json").read_text())
        service = next(container for container in task["containerDefinitions"] if container["name"] == "koalens")
        plain = {entry["name"]: entry["value"] for entry in service["environment"]}
        secret = {entry["name"] for entry in service["secrets"]}
        self.check("ECS", plain.keys() | secret, service["stopTimeout"], int(plain["SHUTDOWN_GRACE_SECONDS"]))
        self.assertFalse([name for name in plain if name.endswith(SECRETS)])
        self.assertTrue(all(name.endswith(SECRETS) for name in secret))
        self.assertTrue(service["readonlyRootFilesystem"])
        written = {mount["containerPath"] for mount in service["mountPoints"]}
        self.assertEqual(written, {"/data", "/tmp"})
        self.assertEqual({mount["sourceVolume"] for mount in service["mountPoints"]}, {volume["name"] for volume in task["volumes"]})

    def test_every_ready_file_is_named_in_the_readme(self):
        readme = (ROOT / "README.md").read_text() + (ROOT / "deploy/README.md").read_text()
        files = ["deploy/compose/compose.yaml", "deploy/systemd/koalens.service", "deploy/cloud-run.yaml", "deploy/ecs-task.json",
                 "monitoring/compose.yaml", "fly.toml", "fly.staging.toml", "deploy/fly.postgres.toml"]
        self.assertEqual([name for name in files if name not in readme], [])


if __name__ == "__main__":
    unittest.main()
