"""What compose.yaml promises of each service. No container is started here."""

import re

import pytest
import yaml

from tests.canary.house import ROOT

pytestmark = pytest.mark.once

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
MAY_BE_ADDED = {"database": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}, "proxy": {"NET_BIND_SERVICE"}}


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_has_few_rights_a_short_log_and_no_core_file(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert set(service.get("cap_add", [])) == MAY_BE_ADDED.get(name, set())
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ulimits"] == {"core": 0}
    assert service["logging"]["driver"] == "json-file"
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service.get("read_only") is True or name == "database"
    assert "privileged" not in service and service.get("network_mode") is None


def test_each_image_has_an_exact_version_or_is_built_here():
    for name, service in SERVICES.items():
        assert "build" in service or re.fullmatch(
            r"[a-z]+:\d+\.\d+(\.\d+)?(@sha256:[0-9a-f]{64})?", service["image"]
        ), name


def test_the_proxy_is_young_enough_to_drop_headers_that_name_the_script():
    version = SERVICES["proxy"]["image"].partition(":")[2].partition("@")[0]
    assert tuple(map(int, version.split("."))) >= (2, 11, 4)


def test_the_public_process_reads_no_picture_as_it_was_uploaded():
    mounted = {name: {volume.split(":")[1] for volume in SERVICES[name]["volumes"]} for name in ("public", "staff")}
    assert "/srv/var/originals" in mounted["staff"], "control"
    assert "/srv/var/originals" not in mounted["public"]
    assert [volume for volume in SERVICES["public"]["volumes"] if "originals" in volume] == []
