"""Owns what the site shows otherwise than a forge does: the files outside docs/ that pages link to become part of it,
those that they link to too, and what a fence says of its block is written above it. It changes no words."""

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"(?<=\])\((?![a-z]+:)([^()\s#]+)(#[^()\s]*)?\)")
FENCE = re.compile(r'^```(\w+)(?: fails)?(?: title="([^"]+)")?$', re.MULTILINE)


def in_repository(file):
    """Its path in the repository."""
    return getattr(file, "repository_path", f"docs/{file.src_uri}")


def in_site(path):
    # MkDocs would take a README for the index
    return path.removeprefix("docs/") if path != "README.md" else "overview.md"


def target(file, link):
    return posixpath.normpath(posixpath.join(posixpath.dirname(in_repository(file)), link))


def on_files(files, config):
    pages = list(files.documentation_pages())
    for page in pages:  # which grows meanwhile
        for link, _ in LINK.findall(Path(page.abs_src_path).read_text()):
            path = target(page, link)
            if not path.startswith("docs/") and (ROOT / path).is_file() and not files.get_file_from_path(in_site(path)):
                file = File.generated(config, in_site(path), abs_src_path=str(ROOT / path))
                file.repository_path = path
                files.append(file)
                if file.is_documentation_page():
                    pages.append(file)
    return files


def on_page_markdown(markdown, page, config, files):
    here = posixpath.dirname(page.file.src_uri)

    def link(match):
        path = target(page.file, match[1])
        if files.get_file_from_path(in_site(path)):
            return f"({posixpath.relpath(in_site(path), here or '.')}{match[2] or ''})"
        # a link that leads nowhere is left for MkDocs to find
        return "" if (ROOT / path).exists() else match[0]

    def fence(match):
        language = "postgresql" if match[1] == "sql" else match[1]  # whose bodies are in dollars
        return (f"`{match[2]}`:\n\n" if match[2] else "") + f"```{language}"

    return FENCE.sub(fence, LINK.sub(link, markdown))
