"""A signal ends the command within two seconds, also where the event loop is busy."""

import signal
import subprocess
import sys
import time

import pytest

BUSY = """
import asyncio, signal, sys
from holmes.cli.ending import Terminated, run_to_end

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored, as it should be

def busy(step):
    while True:
        step()

async def work():
    print("at work", flush=True)
    try:
        {body}
    finally:
        print("cleaned up", flush=True)

try:
    run_to_end(work())
except Terminated as ending:
    sys.exit(ending.code)
except KeyboardInterrupt:
    sys.exit(130)
"""
WORK = {
    "a long piece of work": "busy(int)",
    "many pieces of work": "busy(lambda: sorted(range(1000)))",
    "waiting": "await asyncio.sleep(60)",
    "a thread": "await asyncio.gather(asyncio.to_thread(print), asyncio.sleep(60))",
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("body", WORK)
def test_a_signal_ends_it_whatever_it_does(body: str, number: signal.Signals) -> None:
    program = [sys.executable, "-c", BUSY.format(body=WORK[body])]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "at work\n"
        time.sleep(0.2)
        began = time.monotonic()
        running.send_signal(number)
        try:
            said, _ = running.communicate(timeout=20)
        finally:
            running.kill()  # or leaving the block would wait for ever
    assert time.monotonic() - began < 15  # two seconds on an idle machine
    assert running.returncode == 128 + number
    assert said.endswith("cleaned up\n")
