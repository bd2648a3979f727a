# Comes before the scripts that ask what an installed distribution's files are.
import os


def listed(dist):
    """Return a distribution's files as paths from where it is installed.

    Of what pip's `setup.py install` (before pip 23.1) put there, importlib.metadata reads pip's own
    list from Python 3.12 on; older ones take the sdist's, which may lie in folders of its own.
    """
    own = dist.read_text("installed-files.txt")
    if own:  # as seen from the .egg-info folder
        names = (os.path.normpath(os.path.join("egg-info", line)) for line in own.splitlines())
    else:
        names = (str(path) for path in dist.files or ())
    return [name.replace(os.sep, "/") for name in names]
