"""One headless Chromium, as its users see it: a screen, a scheme of colours, a keyboard."""

import base64
import contextlib
import importlib.util
import os
import pathlib
import shutil
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1",
    "--no-proxy-server", "--lang=sv",
]
AXE = pathlib.Path(importlib.util.find_spec("axe_playwright_python").origin).with_name("axe.min.js").read_text()
PATIENCE = int(os.environ.get("PATIENCE", "60"))


class Browser:
    """A browser with a profile of its own, gone when it is closed."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="koalens-pages-")
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in [*FLAGS, f"--user-data-dir={self.profile}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_page_load_timeout(PATIENCE)

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def screen(self, width, height, touch=False):
        """A screen of that many pixels; with `touch`, a phone's."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if touch else 1, "mobile": touch}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": touch})

    def scheme(self, name):
        """`light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": name}, {"name": "prefers-reduced-motion", "value": "reduce"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    @contextlib.contextmanager
    def offline(self):
        """A phone without a network, for as long as it lasts."""
        network = lambda off: self.driver.execute_cdp_cmd(
            "Network.emulateNetworkConditions", {"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
        self.driver.execute_cdp_cmd("Network.enable", {})
        network(True)
        try:
            yield
        finally:
            network(False)

    def open(self, url):
        """A page, once its script listens."""
        self.driver.get(url)
        self.until("a page that listens", lambda: self.run("return document.documentElement.dataset.ready"))

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self, css):
        return self.find(css).text

    def until(self, what, check, patience=PATIENCE):
        """Waits until `check` gives something, and gives that."""
        end = time.monotonic() + patience
        while True:
            try:
                found = check()
            except Exception as error:  # What is looked for may not be there yet.
                found, why = None, error
            else:
                why = None
            if found:
                return found
            assert time.monotonic() < end, f"{what} did not happen: {why}"
            time.sleep(0.05)

    def seen(self, css, patience=PATIENCE):
        """The element, once it is on the screen."""
        return self.until(f"{css} on the screen", lambda: (it := self.find(css)).is_displayed() and it, patience)

    def press(self, *keys):
        """Types on the keyboard: what has the focus gets it."""
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def focus(self):
        """The id of what has the focus, or its command or its tag."""
        return self.run("const it = document.activeElement; return it.id || it.dataset.command || it.tagName")

    def tab_to(self, wanted, most=40):
        """Presses Tab until `wanted` has the focus, and sees that each stop can be seen."""
        for _ in range(most):
            self.press(Keys.TAB)
            if self.focus() != "BODY":
                assert self.run(RINGED), f"no focus ring on {self.focus()}"
            if self.focus() == wanted:
                return
        raise AssertionError(f"Tab does not reach {wanted}")

    def accessible(self, where):
        """Holds what is on the screen against WCAG 2.2 A and AA, in light and in dark."""
        for scheme in ["light", "dark"]:
            self.scheme(scheme)
            self.run(AXE)
            found = self.driver.execute_async_script(CHECK)
            faults = [f"{it['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for it in found["violations"] for node in it["nodes"]]
            assert found["passes"] > 10, f"{where}: axe looked at nothing"
            assert not faults, f"{where}, {scheme}:\n" + "\n".join(faults)
        self.scheme("light")

    def fits(self, where):
        """Nothing is wider than the screen."""
        wide, screen = self.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= screen, f"{where} is {wide} pixels wide on a screen of {screen}"

    def quiet(self, but=()):
        """No script failed and the policy refused nothing since the last time; answers with an error of ours are none."""
        severe = [it["message"] for it in self.driver.get_log("browser") if it["level"] == "SEVERE"]
        left = [it for it in severe if not any(word in it for word in but)]
        assert not left, "\n".join(left)

    def shoot(self, directory, name, height=None):
        """Writes the page as a picture: as high as it is, or up to `height`."""
        self.run("scrollTo(0, 0); document.activeElement.blur()")
        whole = self.run("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": whole[0], "height": min(whole[1], height or whole[1]), "scale": 1}
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip, "captureBeyondViewport": True})
        pathlib.Path(directory, f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


# A ring around what has the focus, or around the button that a file's field lies in.
RINGED = """
const it = document.activeElement;
return [it, it.closest('.button')].some((each) => each && getComputedStyle(each).outlineStyle !== 'none');
"""
CHECK = """
const done = arguments[arguments.length - 1];
axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then((found) => done({ violations: found.violations, passes: found.passes.length }));
"""
