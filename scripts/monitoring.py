"""The dashboard and the alerts in docker/: checked without Grafana, and against a Prometheus."""

import json
import re
import subprocess
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

from local_network import Failure

DOCKER = Path(__file__).resolve().parent.parent / "docker"
DASHBOARDS = DOCKER / "grafana/dashboards"
# What Grafana puts in place of its variables.
VARIABLES = {"$__rate_interval": "1m"}
WITHOUT_PROGRAM = "promtool is missing; scripts/setup.sh --containers installs it"


def expressions() -> dict:
    """The PromQL of every dashboard's panels, by the panel's title."""
    found = {}
    for path in sorted(DASHBOARDS.glob("*.json")):
        dashboard = json.loads(path.read_text())
        identifiers = [panel["id"] for panel in dashboard["panels"]]
        if len(identifiers) != len(set(identifiers)):
            raise Failure(f"{path.name}: panels share an id")
        for panel in dashboard["panels"]:
            queries = [target["expr"] for target in panel["targets"]]
            if not queries or panel["title"] in found:
                raise Failure(f"{path.name}: '{panel['title']}' has no queries, or comes twice")
            check_place(path, panel)
            found[panel["title"]] = [with_values(query) for query in queries]
    return found


def check_place(path: Path, panel: dict) -> None:
    """Fail unless a panel asks the data source that is provisioned, and lies on the page."""
    sources = DOCKER / "grafana/provisioning/datasources"
    known = re.findall(r"uid: (\S+)", "".join(each.read_text() for each in sources.iterdir()))
    if panel["datasource"]["uid"] not in known:
        raise Failure(f"{path.name}: '{panel['title']}' asks a source that is not provisioned")
    if panel["gridPos"]["x"] + panel["gridPos"]["w"] > 24:
        raise Failure(f"{path.name}: '{panel['title']}' is wider than the page")


def with_values(query: str) -> str:
    """A query as Prometheus gets it."""
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    return query


def promtool(*arguments) -> None:
    """Run promtool; fail with what it says."""
    command = ["promtool", *map(str, arguments)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Failure(WITHOUT_PROGRAM) from error
    if done.returncode != 0:
        raise Failure(f"promtool {arguments[0]} {arguments[1]}: {done.stdout}{done.stderr}")


def check() -> int:
    """Check all files; the number of queries."""
    promtool("check", "config", DOCKER / "prometheus/prometheus.yml")
    promtool("test", "rules", DOCKER / "prometheus/alerts_test.yml")
    queries = [query for panel in expressions().values() for query in panel]
    rules = [{"record": f"panel:{place}", "expr": query} for place, query in enumerate(queries)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        # JSON is YAML.
        json.dump({"groups": [{"name": "panels", "rules": rules}]}, file)
        file.flush()
        promtool("check", "rules", file.name)
    return len(queries)


class Prometheus:
    """A Prometheus that watches a network."""

    def __init__(self, url: str):
        self.url = url

    def get(self, path: str, **parameters) -> dict:
        """The data of an answer."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=30) as answer:
            return json.load(answer)["data"]

    def query(self, query: str) -> list:
        """What a query finds, as (labels, value)."""
        result = self.get("query", query=query)["result"]
        return [(each["metric"], float(each["value"][1])) for each in result]

    def empty_panels(self) -> list:
        """Panels of which a query finds nothing."""
        return [
            f"{title}: {query}"
            for title, queries in expressions().items()
            for query in queries
            if not self.query(query)
        ]

    def alerts(self) -> list:
        """Alerts that fire, and those whose rules fail."""
        rules = [rule for group in self.get("rules")["groups"] for rule in group["rules"]]
        if not rules:
            raise Failure("Prometheus has no rules")
        return [r["name"] for r in rules if r["state"] == "firing" or r["health"] == "err"]

    def nodes_up(self) -> list:
        """Names of the nodes that answer."""
        return sorted(labels["node"] for labels, value in self.query("up") if value == 1)
