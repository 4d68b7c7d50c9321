"""What python.root.test.ts asks of Debian's python3-kubernetes: prints one line of JSON a step."""
import json
import threading

from kubernetes import client, config, dynamic, utils, watch
from kubernetes.client.rest import ApiException
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock

NAMESPACE = "python"
config.load_kube_config()
core = client.CoreV1Api()
apps = client.AppsV1Api()


def say(step, value):
    print(json.dumps([step, value]), flush=True)


def status_of(call):
    try:
        call()
    except ApiException as error:
        return [error.status, json.loads(error.body)["reason"]]
    return None


def config_map(name, data, labels=None):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels=labels), data=data)


core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))

# Typed objects.
made = core.create_namespaced_config_map(NAMESPACE, config_map("typed", {"a": "1"}))
say("a time is one", made.metadata.creation_timestamp.tzinfo is not None)
made.data["a"] = "2"
replaced = core.replace_namespaced_config_map("typed", NAMESPACE, made)
say("replaced", replaced.data)
say("stale", status_of(lambda: core.replace_namespaced_config_map("typed", NAMESPACE, made)))
say("missing", status_of(lambda: core.read_namespaced_config_map("nosuch", NAMESPACE)))
say("invalid", status_of(lambda: core.create_namespaced_config_map(NAMESPACE, config_map("A_b", {}))))
deleted = core.delete_namespaced_config_map("typed", NAMESPACE, body=client.V1DeleteOptions(grace_period_seconds=0))
say("deleted", deleted.status)

# The type of a patch follows from its form: a list is a JSON patch, an object a strategic one.
core.create_namespaced_config_map(NAMESPACE, config_map("patched", {"a": "1"}))
listed = core.patch_namespaced_config_map("patched", NAMESPACE, [{"op": "add", "path": "/data/b", "value": "2"}])
say("JSON patch", listed.data)
say("strategic patch", core.patch_namespaced_config_map("patched", NAMESPACE, {"data": {"a": None}}).data)

# Bytes as they came, read in pieces.
raw = core.list_namespaced_config_map(NAMESPACE, _preload_content=False)
say("not preloaded", json.loads(b"".join(raw.stream(16)))["kind"])
table = client.ApiClient()
answer = table.call_api(
    f"/api/v1/namespaces/{NAMESPACE}/configmaps", "GET", auth_settings=["BearerToken"],
    header_params={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}, _preload_content=False,
)
say("table", json.loads(answer[0].data)["kind"])
pages, token = [], None
while token != "":
    page = core.list_config_map_for_all_namespaces(limit=2, _continue=token, label_selector="!none")
    pages.append(len(page.items))
    token = page.metadata._continue or ""
say("pages", max(pages) == 2 and len(pages) > 1)

# A watch that begins with a list, goes on from its version, and is ended by the server in time.
core.create_namespaced_config_map(NAMESPACE, config_map("watched", {"n": "0"}, {"w": "1"}))


def change():
    for n in "12":
        core.patch_namespaced_config_map("watched", NAMESPACE, {"data": {"n": n}})
    core.delete_namespaced_config_map("watched", NAMESPACE)


threading.Timer(0.2, change).start()
seen = []
stream = watch.Watch()
for event in stream.stream(core.list_namespaced_config_map, NAMESPACE, label_selector="w=1", timeout_seconds=20):
    seen.append([event["type"], event["object"].data["n"]])
    if event["type"] == "DELETED":
        stream.stop()
say("watched", seen)
ended = [e["type"] for e in watch.Watch().stream(core.list_namespace, timeout_seconds=1, field_selector="metadata.name=nosuch")]
say("ended in time", ended)

# Deployments, Scale, and what a YAML file of several kinds makes.
deployment = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
    "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}},
             "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}},
}
utils.create_from_dict(client.ApiClient(), {"kind": "List", "apiVersion": "v1", "items": [deployment]}, namespace=NAMESPACE)
apps.patch_namespaced_deployment_scale("web", NAMESPACE, {"spec": {"replicas": 3}})
say("scaled", apps.read_namespaced_deployment("web", NAMESPACE).spec.replicas)
for event in watch.Watch().stream(apps.list_namespaced_deployment, NAMESPACE, timeout_seconds=20):
    if event["object"].status.ready_replicas == 3:
        break
say("ready", len(core.list_namespaced_pod(NAMESPACE, label_selector="app=web").items))

# The dynamic client finds kinds by discovery and applies on the server.
finder = dynamic.DynamicClient(client.ApiClient())
maps = finder.resources.get(api_version="v1", kind="ConfigMap")
say("discovered", [maps.name, maps.namespaced, "cm" in maps.short_names])
body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"a": "1"}}


def apply(data, manager, force):
    return maps.patch(
        body=json.dumps({**body, "data": data}), name="applied", namespace=NAMESPACE, field_manager=manager, force_conflicts=force,
        content_type="application/apply-patch+yaml",
    )


apply({"a": "1"}, "one", False)
try:
    apply({"a": "2"}, "two", False)
except ConflictError as error:
    say("conflict", error.summary().split("\n")[0])
say("forced", apply({"a": "2"}, "two", True).to_dict()["data"])
maps.delete(name="applied", namespace=NAMESPACE)
try:
    maps.get(name="applied", namespace=NAMESPACE)
except NotFoundError as error:
    say("gone", error.status)

# Leader election.
led = threading.Event()
lock = ConfigMapLock("leader", NAMESPACE, "candidate")
settings = electionconfig.Config(lock, lease_duration=15, renew_deadline=10, retry_period=1, onstarted_leading=led.set, onstopped_leading=None)
threading.Thread(target=leaderelection.LeaderElection(settings).run, daemon=True).start()
say("leads", led.wait(20))
say("version", client.VersionApi().get_code().git_version.split(".")[:2])
