"""The sentences of the offline assistant. Which of several is said follows from the message, so it repeats exactly."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from core.llm.offline.lexicon import KINDS
from core.llm.offline.reading import Reading, outfit_refused
from core.painting.pocket.repertoire import things_and_wearers
from core.painting.pocket.vocabulary import (
    BACKGROUNDS,
    COLORS,
    HELD,
    MAX_WORDS,
    POSES,
    STYLES,
    THINGS,
    WORN,
)

_ECHO_CHARACTERS = 24

NEW = (
    "Here is {what}:",
    "{What}, coming up:",
    "Of course. {What}:",
    "With pleasure, {what}:",
    "Sure, here is {what}:",
)
SEVERAL = (
    "Here are {n} takes on {what}:",
    "{N} pictures of {what}, coming up:",
    "Sure, {n} times {what}:",
)
CHANGED = (
    "Picture {source}, now {what}:",
    "Sure, picture {source} becomes {what}:",
    "I changed picture {source}; this should be {what}:",
    "Here it is, {what} (from picture {source}):",
)
SELECTED = (
    "Picture {source} it is. What shall I change?",
    "Good choice: picture {source}. From here on “it” means this one.",
    "We go on with picture {source}.",
)
VARIED = ("More like picture {source}:", "The idea of picture {source} again, a little different:")
REFINED = (
    "I go over picture {source} once more, same scene, finer:",
    "Here is picture {source}, finished with more care:",
)
HOMES = (
    "{Whose} house could be a cozy place: {what}.",
    "I imagine {whose} house like this: {what}.",
)
UNDONE = ("Back to picture {source}. Nothing is lost.", "Picture {source} is in front of us again.")
NAMED = ("{Name}! I will remember that name.", "Nice to meet you, {Name}.", "{Name} it is.")
GREETINGS = (
    "Hello! Tell me what to paint, for example “{example}”.",
    "Hi! I am ready to paint. How about “{example}”?",
    "Hello! What shall I paint? Perhaps “{example}”?",
)
THANKS = (
    "You are welcome! Tell me if I should change anything.",
    "My pleasure. Just say what comes next.",
    "Glad to help! More whenever you like.",
)
PRAISE = (
    "I am glad you like it! If something should change, just say so.",
    "Lovely to hear. I can vary it, refine it or change something.",
)
AGREED = ("Gladly! Tell me what to paint, for example “{example}”.",)
NOTHING_YET = "There is no picture yet. Tell me what to paint, for example “{example}”."
GOODBYE = ("Goodbye! Your pictures stay here.", "See you! Everything keeps its number.")
RUDE = (
    "I am sorry that did not work. Tell me what should be different, for example “make it night”.",
    "That was not what you hoped for. Try “another one”, or name one thing to change.",
)
NO_THANKS = ("All right. What shall I paint instead?", "Fine, we leave it. What would you like?")
UNCLEAR = (
    "I did not understand that. I am a small assistant working by rules; try “{example}”.",
    "That went over my head, I only know simple wishes. Try “{example}”.",
)
CANNOT = (
    "I cannot answer that: I am a small rule-based assistant and all I do is paint. Try “{example}”.",
    "I do not know, I only paint. I work by rules, without a language model. Try “{example}”.",
)
WHO = (
    "I am Easel's offline assistant: a small program with rules, not a language model. I know"
    " {things} things, {places} places and {styles} styles, and paint them, change them and keep"
    " track of every picture. For real conversation, connect a language model; ask me how."
)
HELP = (
    "Tell me what to see: “a fox in the snow”, “three pictures of a red car”, “an owl as a"
    " watercolor”. Then change it: “make it night”, “add a tree”, “a cat instead of the fox”,"
    " “bigger”, “more like this”, “refine it”, “take the second one”, “its name is Bob”, “go back”."
    " I am a small rule-based assistant and paint one or two things at a time; ask “what can you"
    " paint?” for the list, or “how do I connect an LLM?” for more."
)
CONNECT = (
    "To connect a language model, put this into Easel's configuration file: section [llm] with"
    ' backend="openai", base_url set to your server (any OpenAI-compatible one, also a local one)'
    " and model set to its model's name; the key goes into the environment variable OPENAI_API_KEY."
    " Then start Easel again."
)
ENGLISH = (
    "Sorry, without a language model I understand English only. Try “a dog in the snow” or “make it"
    " night”."
)
EMPTY = "What shall I paint? For example “{example}”."
BLIND = "I cannot see pictures, I only go by words"

EXAMPLES = (
    "a fox in the snow", "an owl in a forest", "a red sailboat on the beach", "a whale under the sea",
    "a rocket in space", "a robot in the city", "a watercolor painting of a castle", "a panda and a cake",
    "a hedgehog on a meadow", "a sticker of a dragon",
)  # fmt: skip
"""Wishes the offline assistant certainly understands."""


def pick(seed: str, options: Sequence[str], salt: str = "") -> str:
    """One of the options, the same for the same seed."""
    return options[crc32(f"{salt}|{seed}".encode()) % len(options)]


def example(seed: str) -> str:
    return pick(seed, EXAMPLES, "example")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str], last: str = "and") -> str:
    """'a, b and c'."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def quoted(words: Sequence[str]) -> str:
    return listed([f"“{word[:_ECHO_CHARACTERS]}”" for word in words[:5]])


def vocabulary() -> str:
    """Everything the painter knows, in a few lines."""
    return (
        f"Things: {things_and_wearers()}.\nPlaces: {', '.join(BACKGROUNDS)}.\nColors: {', '.join(COLORS)}."
        f"\nStyles: {', '.join(STYLES)}.\nPoses: {', '.join(POSES)}."
        f"\nTo wear, for those with *: {', '.join(WORN)}. To hold: {', '.join(HELD)}."
        "\nOne or two things to a picture, small or big, left or right."
    )


def left_out(reading: Reading) -> list[str]:
    """What of a wish will not be seen, told plainly."""
    notes = []
    if reading.swapped:
        named = [f"“{said[:_ECHO_CHARACTERS]}” as {name}" for said, name in reading.swapped[:3]]
        notes.append(f"I took {listed(named)}.")
    if reading.unknown:
        notes.append(
            f"I don't know {quoted(reading.unknown)}, so I left {_it(reading.unknown)} out."
            f"{nearest(reading.unknown)}"
        )
    if reading.background == "sea" and "sailboat" in reading.names:
        notes.append("My sea is seen from below; for a boat above water say “on the beach”.")
    if reading.unshown:
        notes.append(f"I can't show {quoted(reading.unshown)}.")
    notes += filter(None, map(outfit_refused, reading.things))
    if reading.crowded:
        words = listed([f"“{word}”" for word in reading.crowded])
        notes.append(f"Two things, one place and one style fit into a picture; I left out {words}.")
    return notes


def overlong(description: str) -> list[str]:
    """What of a long description the painter will not read, told plainly."""
    unread = description.split()[MAX_WORDS:]
    if not unread:
        return []
    return [f"That is more than I can paint at once, so “{' '.join(unread)}” may not show."]


def nearest(words: Sequence[str]) -> str:
    """' For “wolf” I have dog, fox...': the nearest known things, or a few of all."""
    for word in words:
        if kind := KINDS.get(word) or KINDS.get(word.removesuffix("s")):
            return f" The nearest I know: {kind[1]}."
    return ""


def never_heard(reading: Reading) -> str:
    """The answer to a wish of which no thing is known."""
    near = nearest(reading.unknown) or f" I know: {listed(_some_things(reading.unknown))}."
    return f"I don't know {quoted(reading.unknown)}, so I can't paint {_it(reading.unknown)}.{near}"


def _some_things(words: Sequence[str]) -> list[str]:
    """Eight things, those spelled most like the words first."""
    from difflib import get_close_matches

    close = [near for word in words[:3] for near in get_close_matches(word, THINGS, 3, 0.5)]
    return list(dict.fromkeys([*close, *THINGS]))[:8]


def _it(words: Sequence[str]) -> str:
    return "it" if len(words) == 1 else "them"
