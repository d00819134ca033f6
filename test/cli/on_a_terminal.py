"""Runs a command on a pseudo-terminal, answers one prompt, and prints what the terminal showed and the exit code."""
import json
import os
import pty
import select
import sys
import time

prompt, answer, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
shown = b""
answered = False
ends = time.monotonic() + 60
while time.monotonic() < ends:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    shown += part
    if not answered and prompt.encode() in shown:
        answered = True
        time.sleep(0.3)
        os.write(terminal, answer.encode() + b"\r")
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
json.dump({"shown": shown.decode(errors="replace"), "answered": answered, "status": status}, sys.stdout)
