"""Short invented stories about the things in a picture, from a small set of lines, and homes for them."""

from __future__ import annotations

from core.llm.offline.replies import capital, pick
from core.painting.pocket.vocabulary import BACKGROUNDS, Scene, Thing

_OPENINGS = (
    "{Who} was born on the windiest day of the year and has been curious ever since.",
    "Nobody knows where {who} came from; one morning {who} was simply there, smiling.",
    "{Who} has one big dream: to see every place in the world before supper.",
)
_MIDDLES = (
    "{Where}, {who} once found a key that fits no door, and is still looking for the right one.",
    "Every evening {who} counts the stars {where} and gives the smallest one a name.",
    "{Where}, {who} keeps a secret map, drawn in red pencil.",
)
_FRIENDS = (
    "The {friend} is the best friend one could wish for: it never forgets a birthday.",
    "With the {friend} at hand, no trip is ever dull.",
)
_ENDINGS = (
    "And whoever meets {who} goes home a little braver.",
    "Tomorrow there will be another adventure; tonight there is cake.",
    "That is why everybody waves when {who} comes by.",
)
# One house and nothing beside it, in its own colours: what the painter does best.
_HOMES = (
    Scene((Thing("house"),), "meadow"),
    Scene((Thing("house"),), "river"),
    Scene((Thing("house"),), "forest"),
    Scene((Thing("house"),), "snow"),
)


def story(scene: Scene, name: str | None, seed: str) -> str:
    """Three or four sentences, openly from a small set of lines."""
    hero = name or f"the {scene.things[0].name}"
    where = BACKGROUNDS[scene.background][0] if scene.background else "at home"
    words = {"who": hero, "Who": capital(hero), "where": where, "Where": capital(where)}
    lines = [pick(seed, _OPENINGS, "o"), pick(seed, _MIDDLES, "m")]
    if len(scene.things) > 1:
        lines.append(pick(seed, _FRIENDS, "f"))
        words["friend"] = scene.things[1].name
    lines.append(pick(seed, _ENDINGS, "e"))
    told = " ".join(line.format(**words) for line in lines)
    return (
        f"{told}\n\n(I only have a handful of story lines; a language model would tell you more.)"
    )


def home(seed: str) -> Scene:
    """A house to live in."""
    return _HOMES[int(pick(seed, [str(i) for i in range(len(_HOMES))], "home"))]
