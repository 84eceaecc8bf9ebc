"""What a release says of the crates in it, against what was built: python3 .ci/supply_test.py BUILD LICENCES

BUILD is what cargo said of the release build (--message-format=json). The bill of materials for this machine has exactly the
crates that were compiled for the program; the file of licences names each crate of the bills for all targets, with a text; and
none of them asks for a newer Rust than Cargo.toml promises.
"""

import json
import re
import subprocess
import sys

from common import check

TARGETS = subprocess.run(["packaging/licences", "--targets"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
RULE = "-=" * 40


def bill(target):
    """Name and version of each crate in the bill of materials for a target."""
    made = subprocess.run(["packaging/sbom", target], check=True, stdout=subprocess.PIPE).stdout
    read = json.loads(made)
    check((read["bomFormat"], read["specVersion"]) == ("CycloneDX", "1.5"), f"{target}: {read['bomFormat']} {read['specVersion']}")
    listed = {(one["name"], one["version"]) for one in read["components"]}
    check(len(listed) == len(read["components"]), f"{target}: a crate stands twice in the bill")
    refs = {read["metadata"]["component"]["bom-ref"]} | {one["bom-ref"] for one in read["components"]}
    check(refs == {edge["ref"] for edge in read["dependencies"]}, f"{target}: not each crate has its dependencies")
    return listed


def built(lines):
    """Name and version of each crate that cargo compiled, build scripts and macros too."""
    found = set()
    for line in lines:
        said = json.loads(line)
        if said["reason"] == "compiler-artifact":
            # registry+...#name@version, and path+...#name@version or #version for our own
            name, _, version = said["package_id"].rsplit("#", 1)[1].rpartition("@")
            if not said["package_id"].startswith("path+"):
                found.add((name, version))
    return found


def difference(what, ours, theirs):
    check(ours == theirs, f"{what}: needless {sorted(ours - theirs)}, missing {sorted(theirs - ours)}")


def version_of(text):
    return tuple((list(map(int, text.split("."))) + [0, 0])[:3])


def main():
    host = re.search(r"^host: (\S+)$", subprocess.run(["rustc", "-vV"], stdout=subprocess.PIPE, text=True).stdout, re.M)[1]
    bills = {target: bill(target) for target in {*TARGETS, host}}
    with open(sys.argv[1]) as file:
        difference(f"the bill of materials for {host}", bills[host], built(file))
    everywhere = set().union(*(bills[target] for target in TARGETS))

    with open(sys.argv[2]) as file:
        heads, *sections = file.read().split(RULE)
    difference("the licences", set(re.findall(r"^(\S+) (\S+): \S", heads, re.M)), everywhere)
    with_text = set()
    for section in sections:
        crates, body = section.strip().split(":\n\n", 1)
        # a shorter one only names the licences whose texts stand beside it
        if len(body) > 400:
            with_text |= {tuple(crate.split(" ")) for crate in crates.split(", ")}
    difference("the texts of licences", with_text, everywhere)

    metadata = subprocess.run(["cargo", "metadata", "--locked", "--format-version", "1"], check=True, stdout=subprocess.PIPE)
    packages = {(one["name"], one["version"]): one["rust_version"] for one in json.loads(metadata.stdout)["packages"]}
    lowest = next(rust for (name, _), rust in packages.items() if name == "r53mon")
    newer = [key for key in everywhere if version_of(packages[key] or "1") > version_of(lowest)]
    check(not newer, f"Cargo.toml promises Rust {lowest}, and these ask for more: {newer}")
    print(f"{len(bills[host])} crates compiled for this machine are the {len(bills[host])} of its bill of materials")
    print(f"{len(everywhere)} crates for {len(TARGETS)} targets have licences with texts, and none asks for more than Rust {lowest}")


main()
