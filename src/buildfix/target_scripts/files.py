# Run by an interpreter with pip (3.8 on): tells the files that the user's indexes have of a project,
# and what this pip and this interpreter would take of them. Prints a JSON object as its last line.
# own_pip.py and index.py come before it.
def binary_forbidden(name, index, command_line):
    """Return what forbids wheels of a project, None where nothing does."""
    if "binary" in index.formats(name):
        return None
    if any(word.startswith("--no-binary") for word in command_line):
        return "--no-binary on the command line"
    if os.environ.get("PIP_NO_BINARY"):
        return "PIP_NO_BINARY in the environment"
    return "no-binary in " + (index.no_binary_in or "pip's configuration")


def project_files():
    """Return the files of a project, and what this pip and this interpreter would take of them."""
    index = Index(QUESTION["arguments"])
    name = canonicalize_name(QUESTION["files"])
    return {
        "files": index.rows(name),
        "pip": supported_tags(),
        "tags": [str(tag) for tag in sys_tags()] if sys_tags else None,
        "python": default_environment()["python_full_version"],
        "no-binary": binary_forbidden(name, index, QUESTION["arguments"]),
        "prereleases": index.prereleases,
        "constraint": str(constrained(name, index, default_environment())),
        "troubles": index.troubles,
    }


print(json.dumps(project_files()))
