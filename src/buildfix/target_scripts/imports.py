# Run by the target interpreter (3.8 on) with a JSON list of modules as its argument: imports each in
# a process of its own and prints a JSON object, module to the text of its failure or null. Several
# modules in one text are imported in one process, in their order.
import json
import os
import subprocess
import sys

IMPORT = "import sys, importlib; sys.path[:1] = [] if sys.path[0] == '' else sys.path[:1]; [importlib.import_module(one) for one in sys.argv[1].split()]"


def fresh(module):
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, module],
        env={**os.environ, "PYTHONSAFEPATH": "1"},  # Python 3.13 imports linecache before IMPORT
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    return done.returncode, done.stdout


def forked(module):
    """As `fresh`, but by a fork of this process, which has imported next to nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        code = 1
        try:
            for one in module.split():
                __import__(one)
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as output:
        text = output.read()
    status = os.waitpid(child, 0)[1]
    return (-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)), text


attempt = forked if hasattr(os, "fork") and sys.platform != "darwin" else fresh
results = {}
for module in json.loads(sys.argv[1]):
    code, text = attempt(module)
    message = text.decode("utf-8", "replace").strip()
    results[module] = (
        None if code == 0 else message or "the import crashed the process with signal %d" % -code
    )
print(json.dumps(results))
