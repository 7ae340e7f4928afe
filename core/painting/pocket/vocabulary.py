"""The words the pocket painter knows, and the captions it was trained on.

Standard library only: the bot process imports this without torch. It knows nothing of pictures beyond
the glyph that stands for each thing.
"""

import random
from dataclasses import dataclass

MAX_WORDS = 26
"""As many words of a caption as the painter reads; the rest is cut off."""

THINGS: dict[str, str] = {
    "dog": "🐕",
    "cat": "🐈",
    "hedgehog": "🦔",
    "rabbit": "🐇",
    "fox": "🦊",
    "owl": "🦉",
    "penguin": "🐧",
    "duck": "🦆",
    "whale": "🐳",
    "octopus": "🐙",
    "dragon": "🐉",
    "elephant": "🐘",
    "turtle": "🐢",
    "panda": "🐼",
    "lion": "🦁",
    "frog": "🐸",
    "butterfly": "🦋",
    "house": "🏠",
    "castle": "🏰",
    "tree": "🌳",
    "sunflower": "🌻",
    "mushroom": "🍄",
    "pumpkin": "🎃",
    "apple": "🍎",
    "cake": "🎂",
    "rocket": "🚀",
    "car": "🚗",
    "sailboat": "⛵",
    "balloon": "🎈",
    "guitar": "🎸",
    "robot": "🤖",
    "superhero": "🦸",
    "tiger": "🐅",
    "monkey": "🐒",
    "pig": "🐖",
    "cow": "🐄",
    "sheep": "🐑",
    "chicken": "🐓",
    "bear": "🐻",
    "koala": "🐨",
    "mouse": "🐁",
    "squirrel": "🐿",
    "unicorn": "🦄",
    "giraffe": "🦒",
    "camel": "🐪",
    "snail": "🐌",
    "bee": "🐝",
    "crab": "🦀",
    "fish": "🐠",
    "dolphin": "🐬",
    "parrot": "🦜",
    "flamingo": "🦩",
    "dinosaur": "🦖",
    "astronaut": "🧑\u200d🚀",
    "alien": "👽",
    "cactus": "🌵",
    "rose": "🌹",
    "strawberry": "🍓",
    "banana": "🍌",
    "pineapple": "🍍",
    "pizza": "🍕",
    "teapot": "🫖",
    "airplane": "✈",
    "train": "🚂",
    "bus": "🚌",
    "tractor": "🚜",
}
"""A thing's word and the emoji it is cut from."""

BACKGROUNDS: dict[str, tuple[str, ...]] = {
    "meadow": ("on a meadow", "on the grass", "in a green field"),
    "river": ("near a river", "by the river", "next to a river", "beside a river"),
    "beach": ("on the beach", "at the beach"),
    "snow": ("in the snow", "in winter"),
    "forest": ("in a forest", "in the woods"),
    "desert": ("in the desert", "in a desert"),
    "city": ("in a city", "in the city", "on a city street"),
    "night": ("at night", "under the stars"),
    "space": ("in space", "in outer space"),
    "sky": ("in the sky", "in the clouds"),
    "sea": ("under the sea", "in the sea", "underwater"),
    "room": ("in a room", "at home", "indoors"),
    "plain": ("on a plain background", "on a simple background"),
}
"""A background's name and the phrases for it, the usual one first."""

COLORS: dict[str, int] = {
    "red": 0,
    "orange": 28,
    "yellow": 52,
    "green": 120,
    "blue": 215,
    "purple": 275,
    "pink": 325,
}
"""A colour word and its hue in degrees."""

SIZES: dict[str, tuple[str, ...]] = {
    "small": ("small", "little", "tiny"),
    "big": ("big", "large", "huge"),
}
"""A size and the words for it; a thing without one has the usual size."""

POSITIONS: dict[str, tuple[str, ...]] = {
    "left": ("on the left",),
    "right": ("on the right",),
    "center": ("in the middle",),
}
"""A position and the phrases for it; a thing without one stands about the middle."""

STYLES: dict[str, tuple[str, ...]] = {
    "sticker": ("a sticker of {}", "{} as a sticker"),
    "watercolor": ("a watercolor painting of {}", "{} in watercolor style", "a watercolor of {}"),
    "pencil": ("a pencil drawing of {}", "a pencil sketch of {}", "{} drawn in pencil"),
    "pixel art": ("pixel art of {}", "{} in pixel art style", "a pixel art picture of {}"),
    "oil": ("an oil painting of {}", "{} in oil painting style", "{} painted in oil"),
    "neon": ("a neon picture of {}", "{} in neon style", "{} in neon lights"),
}
"""A style and its templates, the usual one first; the braces hold the rest of the caption."""

POSES: dict[str, tuple[str, ...]] = {
    "running": ("running",),
    "flying": ("flying",),
    "sleeping": ("sleeping", "asleep"),
    "upside down": ("upside down",),
}
"""How a thing can be posed, and the words for it, which stand after it; one without stands as it is."""

WORN: dict[str, str] = {"crown": "👑", "hat": "🎩", "cap": "🧢", "bow": "🎀"}
"""What one of `WEARERS` can wear, and the emoji it is cut from."""

HELD: dict[str, str] = {
    "balloon": "🎈",
    "flag": "🚩",
    "sword": "🗡",
    "wand": "🪄",
    "umbrella": "☂",
    "flower": "🌼",
}
"""What one of `WEARERS` can hold, and the emoji it is cut from."""

WEARERS: dict[str, tuple[float, float]] = {
    "dog": (0.36, 0.04),
    "cat": (0.22, 0.1),
    "hedgehog": (0.3, 0.22),
    "rabbit": (0.3, 0.36),
    "fox": (0.5, 0.2),
    "owl": (0.5, 0.06),
    "penguin": (0.42, 0.04),
    "duck": (0.24, 0.04),
    "octopus": (0.44, 0.06),
    "elephant": (0.46, 0.06),
    "turtle": (0.15, 0.3),
    "panda": (0.5, 0.08),
    "lion": (0.5, 0.12),
    "frog": (0.5, 0.16),
    "robot": (0.5, 0.24),
    "superhero": (0.5, 0.09),
    "tiger": (0.2, 0.1),
    "monkey": (0.36, 0.06),
    "pig": (0.42, 0.12),
    "cow": (0.16, 0.16),
    "sheep": (0.3, 0.16),
    "chicken": (0.26, 0.06),
    "bear": (0.5, 0.08),
    "koala": (0.5, 0.1),
    "mouse": (0.4, 0.26),
    "squirrel": (0.3, 0.16),
    "giraffe": (0.22, 0.08),
    "camel": (0.12, 0.12),
    "dinosaur": (0.24, 0.06),
    "astronaut": (0.5, 0.04),
    "alien": (0.5, 0.04),
}
"""Who can wear and hold something, and where the top of the head is in the glyph: shares from left and top."""

CHARMS: tuple[str, ...] = ("cute", "happy", "lovely", "beautiful", "friendly")
"""Adjectives people like to use that change nothing in the picture."""

WEARING: tuple[str, ...] = ("wearing", "in", "with")
"""What stands before a thing worn; the first is the usual one."""

HOLDING: tuple[str, ...] = ("holding", "carrying")
"""What stands before a thing held; the first is the usual one."""

JOINERS: tuple[str, ...] = ("and", "next to", "with", "beside")
"""What stands between two things; the first is the usual one."""

_NEAR_WORDS: dict[str, str] = {
    "dog": "puppy pup doggy doggie hound terrier poodle corgi",
    "cat": "kitten kitty pussycat tomcat",
    "hedgehog": "porcupine hedgehogs urchin",
    "rabbit": "bunny hare bunnies",
    "fox": "vixen foxes",
    "owl": "owlet owls",
    "penguin": "penguins",
    "duck": "duckling mallard goose bird",
    "whale": "orca",
    "octopus": "squid kraken octopuses",
    "dragon": "wyvern drake",
    "elephant": "mammoth elephants",
    "turtle": "tortoise",
    "panda": "pandas",
    "lion": "lioness lions",
    "frog": "toad froggy",
    "butterfly": "moth butterflies",
    "house": "home cottage hut cabin villa bungalow building",
    "castle": "palace fortress fort citadel chateau",
    "tree": "oak maple trees",
    "sunflower": "flower sunflowers daisy blossom",
    "mushroom": "toadstool fungus",
    "pumpkin": "jack-o-lantern halloween",
    "apple": "fruit apples",
    "cake": "birthday pie dessert cupcake",
    "rocket": "spaceship spacecraft shuttle missile",
    "car": "automobile auto vehicle taxi cab",
    "sailboat": "boat ship yacht vessel sailboats",
    "balloon": "balloons",
    "guitar": "ukulele banjo",
    "robot": "android droid bot cyborg",
    "superhero": "hero heroine superwoman superman supergirl superheroine",
    "tiger": "tigress tigers",
    "monkey": "ape chimp chimpanzee",
    "pig": "piglet hog boar piggy",
    "cow": "calf bull ox",
    "sheep": "lamb ram ewe",
    "chicken": "hen rooster chick",
    "bear": "grizzly bears",
    "mouse": "rat mice",
    "squirrel": "chipmunk",
    "unicorn": "pony",
    "camel": "dromedary",
    "snail": "slug",
    "bee": "bumblebee honeybee wasp",
    "crab": "lobster",
    "fish": "goldfish clownfish fishes",
    "dolphin": "porpoise",
    "parrot": "macaw cockatoo budgie",
    "dinosaur": "dino trex tyrannosaurus",
    "astronaut": "spaceman spacewoman cosmonaut",
    "alien": "martian extraterrestrial",
    "cactus": "cacti",
    "rose": "roses",
    "strawberry": "berry strawberries",
    "teapot": "kettle",
    "airplane": "plane aeroplane jet aircraft",
    "train": "locomotive tram",
    "bus": "coach",
    "running": "run runs jogging sprinting",
    "flying": "fly flies soaring",
    "sleeping": "sleep sleeps asleep napping snoozing sleepy",
    "crown": "tiara crowns",
    "hat": "hats tophat",
    "cap": "caps",
    "bow": "ribbon",
    "flag": "flags banner",
    "sword": "swords dagger",
    "umbrella": "umbrellas parasol",
    "meadow": "grass field lawn grassland pasture countryside park garden",
    "river": "stream creek brook riverside riverbank lake pond",
    "beach": "shore seaside coast sand",
    "snow": "winter snowy ice arctic snowfield",
    "forest": "woods wood jungle woodland",
    "desert": "dunes sahara",
    "city": "town street downtown urban skyline",
    "night": "nighttime midnight evening stars moonlight dark",
    "space": "cosmos galaxy universe orbit",
    "sky": "clouds air heaven heavens",
    "sea": "ocean underwater undersea reef",
    "room": "indoors inside bedroom kitchen interior",
    "plain": "simple blank white empty",
    "red": "crimson scarlet ruby",
    "orange": "amber tangerine",
    "yellow": "golden gold lemon",
    "green": "emerald lime olive",
    "blue": "navy azure turquoise cyan",
    "purple": "violet lilac lavender indigo",
    "pink": "magenta fuchsia",
    "small": "little tiny mini miniature wee",
    "big": "large huge giant enormous gigantic",
    "watercolor": "watercolour aquarelle watercolors",
    "oil": "oils",
    "pencil": "sketch sketched drawing drawn graphite",
    "pixel art": "pixel pixels pixelated pixelart 8-bit",
    "sticker": "stickers decal emoji",
}

SYNONYMS: dict[str, str] = {
    near: word for word, nears in _NEAR_WORDS.items() for near in nears.split()
}
"""A near word and the painter's own word for it ("puppy" -> "dog"), single words in lower case."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a scene; names are keys of the tables above, None means left open."""

    name: str
    color: str | None = None
    size: str | None = None
    position: str | None = None
    pose: str | None = None
    worn: str | None = None
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture shows: one or two things, where, in which style."""

    things: tuple[Thing, ...]
    background: str | None = None
    style: str | None = None


def caption(scene: Scene, rng: random.Random | None = None) -> str:
    """The scene in the painter's own words: the usual ones, or any of those known when `rng` is given."""
    joiner = f" {_pick(JOINERS, rng)} "
    text = joiner.join(_phrase(thing, rng) for thing in scene.things)
    if scene.background is not None:
        text = f"{text} {_pick(BACKGROUNDS[scene.background], rng)}"
    if scene.style is not None:
        text = _pick(STYLES[scene.style], rng).format(text)
    return text


def words() -> tuple[str, ...]:
    """Every word a caption can hold, sorted: the tokenizer's vocabulary."""
    texts: list[str] = [
        "a an and",
        *THINGS,
        *COLORS,
        *CHARMS,
        *JOINERS,
        *WEARING,
        *WORN,
        *HOLDING,
        *HELD,
    ]
    for phrases in (BACKGROUNDS, SIZES, POSITIONS, POSES, STYLES):
        texts += [phrase.replace("{}", "") for options in phrases.values() for phrase in options]
    return tuple(sorted({word for text in texts for word in text.split()}))


def _phrase(thing: Thing, rng: random.Random | None) -> str:
    """'a small red fox running on the left', with a charming adjective now and then."""
    # Every pose but "asleep" can stand before its thing too, in its usual words.
    leads = thing.pose is not None and rng is not None and rng.random() < 0.4
    parts: list[str] = [POSES[thing.pose][0]] if thing.pose is not None and leads else []
    if rng is not None and rng.random() < 0.25:
        parts.append(rng.choice(CHARMS))
    if thing.size is not None:
        parts.append(_pick(SIZES[thing.size], rng))
    if thing.color is not None:
        parts.append(thing.color)
    text = _with_article(" ".join([*parts, thing.name]))
    if thing.pose is not None and not leads:
        text = f"{text} {_pick(POSES[thing.pose], rng)}"
    text += _outfit(thing, rng)
    return text if thing.position is None else f"{text} {_pick(POSITIONS[thing.position], rng)}"


def _outfit(thing: Thing, rng: random.Random | None) -> str:
    """' wearing a hat and holding a flag', or less."""
    parts: list[str] = []
    if thing.worn is not None:
        parts.append(f"{_pick(WEARING, rng)} {_with_article(thing.worn)}")
    if thing.held is not None:
        parts.append(f"{_pick(HOLDING, rng)} {_with_article(thing.held)}")
    return f" {' and '.join(parts)}" if parts else ""


def _with_article(text: str) -> str:
    # "a unicorn", as it is said
    vowel = text[0] in "aeiou" and not text.startswith("uni")
    return f"{'an' if vowel else 'a'} {text}"


def _pick(options: tuple[str, ...], rng: random.Random | None) -> str:
    return options[0] if rng is None else rng.choice(options)
