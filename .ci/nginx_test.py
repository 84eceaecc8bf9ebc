"""Measures a real nginx over TLS, with certificates of a private authority.

    python3 .ci/nginx_test.py target/release/r53mon

The zone is a story served by `r53mon demo --serve`, without web servers of its own. nginx listens at the addresses of its sets: blue is a
pool of two, of which one answers 502; green shows a certificate that has expired. r53mon trusts the authority by SSL_CERT_FILE, and
has to tell all of that apart. Nothing leaves this machine. Whatever is missing is a failure, never a skip.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from common import CheckFailed, check, end, wait_until

HOST = "app.example.test"
GOOD, BAD, EXPIRED = "127.0.0.31", "127.0.0.32", "127.0.0.33"
STORY = f"""
name = "nginx"
summary = "Sets behind a real nginx."
zone = "example.test"
record = "{HOST}"
type = "A"
ttl = 60
http = false
[[set]]
id = "blue"
weight = 50
values = ["{GOOD}", "{BAD}"]
[[set]]
id = "green"
weight = 50
values = ["{EXPIRED}"]
[[server]]
name = "ns-1.awsdns.test"
lag = "1s"
"""
AUTHORITY = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


def run(*command, **how):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **how)
    check(done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def certificates(folder):
    """An authority, a certificate of 40 days and one that ended three days ago."""
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01\n")
    (folder / "ca.cnf").write_text(AUTHORITY.format(folder=folder))
    key = ["-newkey", "rsa:2048", "-nodes"]
    run("openssl", "req", "-x509", *key, "-days", "60", "-subj", "/CN=Private Test Authority",
        "-keyout", folder / "ca.key", "-out", folder / "ca.pem",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    day = 24 * 60 * 60
    for name, first, last in ("good", -1, 40), ("expired", -30, -3):
        run("openssl", "req", "-new", *key, "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr")
        start, stop = (time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + days * day)) for days in (first, last))
        run("openssl", "ca", "-batch", "-notext", "-config", folder / "ca.cnf", "-startdate", start, "-enddate", stop,
            "-in", folder / f"{name}.csr", "-out", folder / f"{name}.pem")


def free_port():
    with socket.socket() as probe:
        probe.bind((GOOD, 0))
        return probe.getsockname()[1]


def start_nginx(stack, folder, port):
    def server(address, certificate, answer):
        return f"""
    server {{
        listen {address}:{port} ssl;
        ssl_certificate {folder}/{certificate}.pem;
        ssl_certificate_key {folder}/{certificate}.key;
        location / {{ return {answer}; }}
    }}"""

    servers = server(GOOD, "good", '200 "status: ok"') + server(BAD, "good", "502") + server(EXPIRED, "expired", "200")
    (folder / "nginx.conf").write_text(f"""
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;{servers}
}}
""")
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    check(nginx, "nginx is not installed")
    log = stack.enter_context(open(folder / "nginx.log", "w+"))
    command = [nginx, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    stack.callback(end, process)

    def listens():
        check(process.poll() is None, f"nginx ended:\n{(folder / 'nginx.log').read_text()}")
        with socket.socket() as probe:
            return probe.connect_ex((EXPIRED, port)) == 0

    wait_until("nginx", listens)


def start_zone(stack, folder, r53mon, clean):
    (folder / "story.toml").write_text(STORY)
    command = [r53mon, "demo", "--serve", "--story-file", folder / "story.toml"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=clean, text=True)
    stack.callback(end, process)
    exports, watch = {}, None
    for line in process.stdout:
        if line.startswith("export "):
            name, value = line.removeprefix("export ").rstrip("\n").split("=", 1)
            exports[name] = value
        if "r53mon watch" in line:
            watch = line.split("r53mon watch", 1)[1].split()
            break
    check(watch, "the served world told no command")
    return exports, [part for part in watch if part != "--no-http"]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python3 .ci/nginx_test.py PATH-OF-R53MON")
    r53mon = pathlib.Path(sys.argv[1]).resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clean = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        certificates(folder)
        port = free_port()
        start_nginx(stack, folder, port)
        exports, watch = start_zone(stack, folder, r53mon, clean)
        watch[watch.index("-e") + 1] = f"https://{HOST}:{port}/health"
        command = [r53mon, "watch", *watch, "--tps", "20", "--duration", "12s", "--output", "json", "--expect-body", "status: *ok"]
        trusting = {**clean, **exports, "SSL_CERT_FILE": str(folder / "ca.pem")}
        report = json.loads(run(*command, env=trusting, cwd=folder))
        sets = {one["set_identifier"]: one for one in report["segments"][-1]["sets"]}
        blue, green = (sets[name]["http"] for name in ("blue", "green"))
        addresses = {one["address"]: one for one in blue["addresses"]}
        check(addresses[GOOD]["requests"] >= 20 and addresses[GOOD]["failed"] == 0, blue)
        check(addresses[BAD]["failed"] == addresses[BAD]["requests"] >= 20, blue)
        check(blue["addresses"][0]["address"] == BAD, blue)
        check(blue["faults"]["status"] == blue["failed"] == addresses[BAD]["failed"], blue)
        check(blue["phases_ms"]["tls"] > 0 and blue["certificate"]["names"] == [HOST], blue)
        check(blue["certificate"]["issuer"] == "Private Test Authority", blue)
        check(blue["certificate"]["days_left"] in (39, 40), blue)
        check(green["faults"]["tls_expired"] == green["failed"] == green["requests"] >= 20, green)
        check(green["certificate"]["days_left"] in (-4, -3), green)
        subjects = {note["subject"] for note in report["events"] if note["kind"] == "note"}
        check({"bad_addresses", "certificates_end"} <= subjects, report["events"])
        print("nginx: one bad address of a pool and an expired certificate were told apart")


if __name__ == "__main__":
    try:
        main()
    except CheckFailed as failed:
        sys.exit(f"failed: {failed}")
