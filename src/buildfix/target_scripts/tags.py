# Run by the target interpreter (3.8 on): prints which wheels it takes, the best first, as JSON. The
# folder of buildfix's own `packaging` is its argument: an environment need not have one.
import importlib.util
import json
import os
import sys

folder = sys.argv[1]
spec = importlib.util.spec_from_file_location(
    "packaging", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
)
sys.modules["packaging"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["packaging"])

from packaging.tags import sys_tags

print(json.dumps([str(tag) for tag in sys_tags()]))
