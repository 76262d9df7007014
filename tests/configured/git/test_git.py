"""Commits of clones, by the real git; and clones that would run something."""

import os
import subprocess
from pathlib import Path

import pytest

from configured.platforms import opened
from holmes.core.messages import JsonValue
from holmes.core.tool_output import Table

pytestmark = pytest.mark.anyio


class Repository:
    """A repository whose commits have the times that are given."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, at: str = "2026-11-24T10:00:00Z") -> str:
        names = {"NAME": "Ada", "EMAIL": "ada@example.com", "DATE": at}
        env = {f"GIT_{who}_{k}": v for who in ("AUTHOR", "COMMITTER") for k, v in names.items()}
        done = subprocess.run(
            ["git", "-C", str(self.path), *words],
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, message: str, at: str, files: dict[str, str]) -> str:
        for name, text in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message, at=at)
        return self.git("rev-parse", "HEAD")

    def config(self, **more: JsonValue) -> dict[str, JsonValue]:
        return {"repositories": [{"path": str(self.path), **more}]}


DAY = {"since": "2026-11-24T00:00:00Z", "until": "2026-11-24T23:00:00Z"}


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "shop")
    made.commit("Begin", "2026-11-20T09:00:00Z", {"web.yaml": "image: web:1\n", "a b.txt": "x\n"})
    made.commit("Raise web to 2", "2026-11-24T10:00:00Z", {"web.yaml": "image: web:2\n"})
    made.git("checkout", "-q", "-b", "pool", at="")
    made.commit("Halve the pool", "2026-11-23T08:00:00Z", {"db/pool.yaml": "size: 5\n"})
    made.git("checkout", "-q", "main")
    made.git("merge", "-q", "--no-ff", "-m", "Merge pool", "pool", at="2026-11-24T11:00:00Z")
    return made


async def test_the_commits_of_a_time_are_a_table_and_a_merge_is_of_when_it_came(
    shop: Repository,
) -> None:
    async with opened("git", shop.config()) as git:
        assert git.toolset.status.server.startswith("git 2.")
        output = await git("git_log", **DAY)
        assert isinstance(output.data, Table)
        told = [(row[0], row[3], row[4]) for row in output.data.rows]
        assert told == [
            ("2026-11-24T11:00:00Z", "Merge pool", "db/pool.yaml"),
            ("2026-11-24T10:00:00Z", "Raise web to 2", "web.yaml"),
        ]
        only = await git("git_log", path="web.yaml", **DAY)
        assert isinstance(only.data, Table)
        assert [row[3] for row in only.data.rows] == ["Raise web to 2"]
        again = subprocess.run(output.command, shell=True, capture_output=True, text=True)  # noqa: S602, PLW1510, ASYNC221
        assert "Merge pool" in again.stdout
        none = await git("git_log", since="2026-11-21T00:00:00Z", until="2026-11-22T00:00:00Z")
        assert none.status == "no_data"
        assert none.note == "No commit came into HEAD of shop within that time."


async def test_a_diff_is_of_one_commit_or_between_two(shop: Repository) -> None:
    async with opened("git", shop.config()) as git:
        one = await git("git_diff", revision="HEAD~1")
        assert "-image: web:1\n+image: web:2" in one.text
        two = await git("git_diff", revision="HEAD~2", to="HEAD", path="db")
        assert "+size: 5" in two.text
        assert "web.yaml" not in two.text
        for wrong in ("--output=/tmp/x", "HEAD;id", "nowhere"):
            assert (await git("git_diff", revision=wrong)).status != "ok"


async def test_a_long_diff_is_cut_and_says_so(shop: Repository) -> None:
    shop.commit("Big", "2026-11-24T12:00:00Z", {"big.txt": "0123456789\n" * 20_000})
    async with opened("git", shop.config()) as git:
        output = await git("git_diff", revision="HEAD")
    assert len(output.text) <= 60_000
    assert output.note == "Cut: name a path to see the rest."


async def test_commits_are_on_the_time_line_of_what_is_deployed_from_them(
    shop: Repository,
) -> None:
    async with opened("git", shop.config(deploys=["shop/web", "shop/db-*"])) as git:
        output = await git("what_changed", **DAY)
        assert isinstance(output.data, Table)
        assert [(row[1], row[3]) for row in output.data.rows] == [
            ("commit", "Raise web to 2 (Ada): web.yaml"),
            ("commit", "Merge pool (Ada): db/pool.yaml"),
        ]
        assert (await git("what_changed", namespace="shop", workload="db-1", **DAY)).status == "ok"
        for other in ({"namespace": "pay"}, {"namespace": "shop", "workload": "cart"}):
            assert (await git("what_changed", **other, **DAY)).status == "no_data"


async def test_nothing_that_a_repository_configures_runs(shop: Repository, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    evil = tmp_path / "evil.sh"
    evil.write_text(f"#!/bin/sh\necho $0 $@ >> {ran}\ncat\n")
    evil.chmod(0o755)
    (shop.path / ".git/hooks").mkdir(exist_ok=True)
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc", "post-index-change"):
        (shop.path / ".git/hooks" / hook).write_text(evil.read_text())
        (shop.path / ".git/hooks" / hook).chmod(0o755)
    shop.commit("Attributes", "2026-11-24T12:00:00Z", {".gitattributes": "* diff=x filter=x\n"})
    shop.commit("Text", "2026-11-24T12:30:00Z", {"t.txt": "1\n"})
    keys = (
        "core.fsmonitor core.pager diff.external diff.x.textconv diff.x.command filter.x.clean "
        "filter.x.smudge gpg.program core.sshCommand pager.log pager.show pager.diff core.editor "
        "core.gitProxy core.alternateRefsCommand credential.helper interactive.diffFilter "
        "merge.x.driver"
    )
    for key in keys.split():
        shop.git("config", key, str(evil))
    shop.git("config", "log.showSignature", "true")
    shop.git("config", "alias.log", f"!{evil}")
    shop.git("config", "diff.submodule", "log")
    shop.git("diff", "HEAD~1", "HEAD")
    shop.git("show", "HEAD~1")
    assert ran.exists()  # git alone runs what the repository says
    ran.unlink()
    async with opened("git", shop.config()) as git:
        assert (await git("git_log", **DAY)).status == "ok"
        assert (await git("git_diff", revision="HEAD")).status == "ok"
        assert (await git("git_diff", revision="HEAD~2", to="HEAD")).status == "ok"
        assert (await git("what_changed", **DAY)).status == "ok"
    assert not ran.exists(), ran.read_text()


async def test_a_clone_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    async with opened("git", {"repositories": [{"path": str(tmp_path / "none")}]}) as git:
        assert git.toolset.status.state == "failed"
        assert "No such file or directory" in git.toolset.status.reason


async def test_several_clones_are_asked_for_by_name(shop: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "pay")
    other.commit("Pay", "2026-11-24T09:00:00Z", {"p": "1"})
    config: dict[str, JsonValue] = {
        "repositories": [{"path": str(shop.path)}, {"path": str(other.path), "branch": "main"}]
    }
    async with opened("git", config) as git:
        output = await git("git_log", repository="pay", **DAY)
        assert "Pay" in output.text
        assert "Raise" not in output.text
        both = await git("what_changed", **DAY)
        assert "Commit pay/" in both.text
        assert "Commit shop/" in both.text
