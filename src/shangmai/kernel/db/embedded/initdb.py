"""Making a data directory, and knowing one."""

import os
import secrets
import shutil
from pathlib import Path

from shangmai.kernel.db.embedded.errors import InitdbFailed, WrongVersion
from shangmai.kernel.db.embedded.files import make_directory, sync_directory
from shangmai.kernel.db.embedded.processes import Account, run


def initialize(place: Path, account: Account, programs: Path) -> None:
    for leftover in place.glob("data.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    # A new name each time: the initdb of a killed launcher may still be writing to its own.
    new = place / f"data.new-{secrets.token_hex(4)}"
    make_directory(new, 0o700, account)
    command = [str(programs / "initdb"), "-D", str(new), "--username=postgres", "--auth=trust", "--encoding=UTF8"]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    done = run(command, **account.run_as())
    if done.returncode != 0:
        shutil.rmtree(new, ignore_errors=True)
        raise InitdbFailed(done.stdout)
    _include_settings(new / "postgresql.conf")
    new.rename(place / "data")
    sync_directory(place)


def _include_settings(conf: Path) -> None:
    fd = os.open(conf, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    with open(fd, "w") as file:
        file.write("\ninclude = '../shangmai.conf'\n")
        file.flush()
        os.fsync(fd)


def check_version(data: Path, programs: Path) -> None:
    wanted = run([str(programs / "postgres"), "--version"]).stdout.split()[-1].partition(".")[0]
    found = (data / "PG_VERSION").read_text().strip()
    if found != wanted:
        raise WrongVersion(f"{data} is of version {found}, this installation of version {wanted}")
