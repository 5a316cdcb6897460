"""1. Fetches the packages of packages.tsv from the Debian and npm registries and unpacks their source.

Needs apt (sources configured) and npm. Packages that are there already are not fetched again. Writes licences.tsv: every
package with the version that was fetched and the licence that it states.
"""

import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from common import HERE, Package, arguments, packages

SOURCE = re.compile(r"\.(py|ts|tsx|mts|js|mjs|jsx)$")
KEPT = re.compile(r"(package\.json|copyright|LICEN[SC]E[^/]*)$", re.I)


def fetch(package: Package, into: Path) -> Path:
    """Downloads an archive into a folder and gives its path."""
    if package.registry == "deb":
        subprocess.run(["apt-get", "download", package.name], cwd=into, check=True, capture_output=True)
    else:
        subprocess.run(["npm", "pack", "--silent", "--ignore-scripts", package.name], cwd=into, check=True,
                       capture_output=True)
    return next(into.iterdir())


def unpack(archive: Path, into: Path) -> None:
    """Source files, licences and package.json; nothing else, nothing outside `into`."""
    if archive.suffix == ".deb":
        listing = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, capture_output=True).stdout
        with tempfile.TemporaryFile() as file:
            file.write(listing)
            file.seek(0)
            with tarfile.open(fileobj=file) as tar:
                extract(tar, into)
    else:
        with tarfile.open(archive) as tar:
            extract(tar, into)


def extract(tar: tarfile.TarFile, into: Path) -> None:
    for member in tar:
        if member.isfile() and (SOURCE.search(member.name) or KEPT.search(member.name)):
            tar.extract(member, into, filter="data")


def version_of(archive: Path) -> str:
    if archive.suffix == ".deb":
        return archive.name.split("_")[1].replace("%3a", ":")
    return re.search(r"-(\d[^-]*(?:-[^-]+)?)\.tgz$", archive.name).group(1)


def licence_of(package: Package, folder: Path) -> str:
    if package.registry == "npm":
        manifest = json.loads((folder / "package/package.json").read_text(encoding="utf8"))
        return str(manifest.get("license", "none stated"))
    for path in folder.glob("usr/share/doc/*/copyright"):
        text = path.read_text(encoding="utf8", errors="replace")
        main = re.search(r"^Files:\s*\*.*?^License:\s*([^\n]+)", text, re.S | re.M)
        return main.group(1).strip() if main else "see its copyright file"
    return "see the copyright file of its source package"


def main() -> None:
    work = arguments(__doc__).work
    rows = []
    for package in packages():
        folder = package.folder(work)
        if not (folder / "version").exists():
            shutil.rmtree(folder, ignore_errors=True)
            with tempfile.TemporaryDirectory() as temporary:
                archive = fetch(package, Path(temporary))
                folder.mkdir(parents=True)
                unpack(archive, folder)
                (folder / "version").write_text(version_of(archive))
            print(package.name, flush=True)
        use = "held out" if package.held_out else "training"
        rows.append((package.registry, package.name, (folder / "version").read_text(), licence_of(package, folder), use))
    with open(HERE / "licences.tsv", "w", encoding="utf8") as file:
        file.write("registry\tpackage\tversion\tlicence\tuse\n")
        file.writelines("\t".join(row) + "\n" for row in rows)


if __name__ == "__main__":
    main()
