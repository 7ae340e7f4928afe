"""The texts sent to language models, from `prompts/*.md`: versioned, checked, and filled.

A file is Markdown with a header between two lines of `---`: name, version, variables, kind of answer. The text is a
`string.Template`: `$count`; a dollar sign is written `$$`. A text that changes gets a new version; a test holds its
hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template

from core.errors import ConfigError
from core.types import PromptUse

NAMES = ("chat_tags", "chat_tools", "refine", "vary", "rewrite")
_FIELDS = ("name", "version", "variables", "answer")


@dataclass(frozen=True, slots=True)
class Prompt:
    name: str
    version: str
    variables: frozenset[str]
    answer: str  # what the model is asked for: "lines", "line", "text with tags"...
    text: str

    @property
    def sha256(self) -> str:
        """Of the text as it is stored, before filling."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Filled:
    """A text ready to send, and which prompt it came from."""

    text: str
    name: str
    version: str
    sha256: str

    def use(self, model: str, seconds: float = 0.0) -> PromptUse:
        return PromptUse(self.name, self.version, self.sha256, model, seconds)


class PromptLibrary:
    def __init__(self, prompts: Mapping[str, Prompt]) -> None:
        """Raises `ConfigError` where a prompt that Easel needs is missing."""
        missing = [name for name in NAMES if name not in prompts]
        if missing:
            raise ConfigError(f"The prompt {missing[0]}.md is missing from the prompts folder.")
        self._prompts = dict(prompts)

    @classmethod
    def load(cls, folder: Traversable | None = None) -> PromptLibrary:
        """All prompts of `folder`, by default those that come with Easel. Raises `ConfigError` naming the file."""
        found = sorted((folder or files("prompts")).iterdir(), key=lambda file: file.name)
        prompts = [
            parse_prompt(f.name, f.read_text("utf-8")) for f in found if f.name.endswith(".md")
        ]
        return cls({prompt.name: prompt for prompt in prompts})

    def __getitem__(self, name: str) -> Prompt:
        if name not in self._prompts:
            raise ConfigError(f"There is no prompt {name!r}.")
        return self._prompts[name]

    def fill(self, name: str, **variables: str | int) -> Filled:
        """The prompt with its variables filled in. Raises `ConfigError` for a missing or unknown variable."""
        prompt = self[name]
        wrong = prompt.variables.symmetric_difference(variables)
        if wrong:
            raise ConfigError(f"Prompt {name!r}: variable {min(wrong)!r} is missing or unknown.")
        text = Template(prompt.text).substitute(variables)
        return Filled(text, name, prompt.version, prompt.sha256)


def parse_prompt(file_name: str, source: str) -> Prompt:
    """The prompt in a file's text. Raises `ConfigError` where the header and the text do not agree."""
    opening, header, text = [*source.split("---\n", 2), "", ""][:3]
    fields = dict(_field(line) for line in header.splitlines())
    if opening or not text.strip() or set(fields) != set(_FIELDS):
        raise ConfigError(f"{file_name}: the header needs exactly {', '.join(_FIELDS)}.")
    if f"{fields['name']}.md" != file_name:
        raise ConfigError(f"{file_name}: its name is {fields['name']!r}.")
    variables = frozenset(v.strip() for v in fields["variables"].split(",") if v.strip())
    template = Template(text)
    if not template.is_valid() or variables != set(template.get_identifiers()):
        raise ConfigError(f"{file_name}: the variables of the header are not those of the text.")
    return Prompt(fields["name"], fields["version"], variables, fields["answer"], text.strip())


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()
