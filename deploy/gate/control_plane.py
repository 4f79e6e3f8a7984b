"""A Kubernetes control plane on loopback: etcd, API server, controller manager, scheduler, and kwok in the place of nodes.

Everything that decides is real; nothing runs. A pod that the scheduler places is said to be running by kwok.
"""

import json
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
BINARIES: Final = ROOT / "build" / "gate" / "bin"
CUSTOM_RESOURCES: Final = ROOT / "build" / "gate" / "crds"
STAGES: Final = ROOT / "deploy" / "gate" / "stages.yaml"
READY_SECONDS: Final = 90.0
POLL_SECONDS: Final = 0.25
_ASK_SECONDS: Final = 120.0


class RefusedError(Exception):
    """The API server, or a tool before it, said no; the message is theirs."""


class Cluster:
    """A control plane that runs.

    Parameters
    ----------
    kubeconfig : Path
        Of a user who may do everything.
    """

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        """Run kubectl and return what it prints.

        Raises
        ------
        RefusedError
            It failed.
        """
        command = [str(BINARIES / "kubectl"), f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=_ASK_SECONDS)
        if done.returncode:
            raise RefusedError(done.stderr.strip())
        return done.stdout

    def get(self, *arguments: str) -> Any:
        """Return what `kubectl get` says, read."""
        return json.loads(self.kubectl("get", *arguments, "--output=json"))

    def apply(self, resources: Sequence[Any], *, dry_run: bool = False) -> list[str]:
        """Apply resources as GitOps does, on the server's side, and return what became of each."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(resources)})
        options = ["--server-side", "--force-conflicts", "--field-manager=gate", *(["--dry-run=server"] if dry_run else [])]
        return self.kubectl("apply", *options, "--filename=-", given=text).splitlines()

    def may(self, who: str, verb: str, resource: str, namespace: str) -> bool:
        """Return whether the authorizer would let a user do something."""
        try:
            name, _, part = resource.partition("/")
            return (
                self.kubectl("auth", "can-i", verb, name, f"--subresource={part}", f"--as={who}", f"--namespace={namespace}").strip()
                == "yes"
            )
        except RefusedError:
            return False


@contextmanager
def control_plane(folder: Path) -> Iterator[Cluster]:
    """Start one, with its data and logs in a folder, and stop it at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    etcd, peer, api, manager, scheduler = free_ports(5)
    token = secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f'{token},gate,gate,"system:masters"\n')
    for command in (["genrsa", "-out", "accounts.key", "2048"], ["rsa", "-in", "accounts.key", "-pubout", "-out", "accounts.pub"]):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    kubeconfig = folder / "kubeconfig"
    with ExitStack() as running:

        def start(name: str, *arguments: str) -> None:
            log = running.enter_context((folder / f"{name}.log").open("wb"))
            process = subprocess.Popen([str(BINARIES / name), *arguments], cwd=folder, stdout=log, stderr=log)
            running.callback(stop, process)

        start(
            "etcd",
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{etcd}",
            f"--advertise-client-urls=http://127.0.0.1:{etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            # It holds nothing that has to outlive it.
            "--unsafe-no-fsync",
        )
        start(
            "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={api}",
            f"--cert-dir={folder / 'certificates'}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=Node,RBAC",
            # Pod Security is to refuse, not a switch in front of it.
            "--allow-privileged=true",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=accounts.pub",
            "--service-account-signing-key-file=accounts.key",
        )
        _write_kubeconfig(kubeconfig, api, folder / "certificates" / "apiserver.crt", token)
        cluster = Cluster(kubeconfig)
        _await_ready(cluster, folder)
        start(
            "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            "--bind-address=127.0.0.1",
            f"--secure-port={manager}",
            "--leader-elect=false",
            "--service-account-private-key-file=accounts.key",
            # What a drain waits for is looked at soon.
            "--node-monitor-grace-period=1h",
        )
        start(
            "kube-scheduler",
            f"--kubeconfig={kubeconfig}",
            "--bind-address=127.0.0.1",
            f"--secure-port={scheduler}",
            "--leader-elect=false",
        )
        start("kwok", f"--kubeconfig={kubeconfig}", f"--config={STAGES}", "--manage-all-nodes=true", "--server-address=127.0.0.1:0")
        yield cluster


def add_nodes(cluster: Cluster, zones: Sequence[str], *, each: int = 2) -> None:
    """Add nodes, so many in each zone; how large they are is in `stages.yaml`."""
    cluster.apply([_node(f"{zone}-{number}", zone) for zone in zones for number in range(each)])


def _node(name: str, zone: str) -> dict[str, Any]:
    labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone, "type": "kwok"}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}}}


def _await_ready(cluster: Cluster, folder: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            cluster.kubectl("get", "--raw=/readyz")
            return
        except RefusedError as error:
            if time.monotonic() > end:
                log = (folder / "kube-apiserver.log").read_text(errors="replace").splitlines()[-5:]
                raise RefusedError("\n".join([str(error), *log])) from error
            time.sleep(POLL_SECONDS)


def _write_kubeconfig(path: Path, port: int, authority: Path, token: str) -> None:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "gate", "cluster": {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(authority)}}],
        "users": [{"name": "gate", "user": {"token": token}}],
        "contexts": [{"name": "gate", "context": {"cluster": "gate", "user": "gate"}}],
        "current-context": "gate",
    }
    path.write_text(json.dumps(config))
    path.chmod(0o600)


def free_ports(number: int) -> list[int]:
    """Return ports of loopback that nobody listens on, for what is about to start."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, by force if it does not."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
