"""English words beyond the painter's own vocabulary: which to ignore, and which show what was meant."""

from __future__ import annotations

from core.painting.pocket.vocabulary import (
    BACKGROUNDS,
    CHARMS,
    COLORS,
    HELD,
    POSES,
    POSITIONS,
    SIZES,
    STYLES,
    SYNONYMS,
    THINGS,
    WORN,
)

NUMBERS: dict[str, int] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "pair": 2, "couple": 2, "few": 4, "several": 4, "dozen": 12,
}  # fmt: skip

# Longest first when read.
PHRASES: dict[str, tuple[str, str]] = {
    "pixel art": ("style", "pixel art"),
    "8 bit": ("style", "pixel art"),
    "water color": ("style", "watercolor"),
    "water colour": ("style", "watercolor"),
    "water colors": ("style", "watercolor"),
    "space ship": ("thing", "rocket"),
    "star ship": ("thing", "rocket"),
    "hot air balloon": ("thing", "balloon"),
    "super hero": ("thing", "superhero"),
    "last night": ("", ""),
    "run it again": ("", ""),
    "run that again": ("", ""),
    "good night": ("", ""),
    "sail boat": ("thing", "sailboat"),
    "sailing boat": ("thing", "sailboat"),
    "sailing ship": ("thing", "sailboat"),
    "killer whale": ("thing", "whale"),
    "sea turtle": ("thing", "turtle"),
    "teddy bear": ("thing", "bear"),
    "polar bear": ("thing", "bear"),
    "panda bear": ("thing", "panda"),
    "birthday cake": ("thing", "cake"),
    "apple pie": ("thing", "cake"),
    "jack o lantern": ("thing", "pumpkin"),
    "halloween pumpkin": ("thing", "pumpkin"),
    "rubber duck": ("thing", "duck"),
    "race car": ("thing", "car"),
    "racing car": ("thing", "car"),
    "sports car": ("thing", "car"),
    "dog house": ("thing", "house"),
    "bird house": ("thing", "house"),
    "house cat": ("thing", "cat"),
    "sand castle": ("thing", "castle"),
    "in the dessert": ("background", "desert"),
    "night sky": ("background", "night"),
    "starry sky": ("background", "night"),
    "starry night": ("background", "night"),
    "outer space": ("background", "space"),
    "on the moon": ("background", "space"),
    "on mars": ("background", "space"),
    "living room": ("background", "room"),
    "in the water": ("background", "sea"),
    "under water": ("background", "sea"),
    "under the water": ("background", "sea"),
    "on the water": ("background", "sea"),
    "by the water": ("background", "river"),
    "near the water": ("background", "river"),
    "north pole": ("background", "snow"),
    "white background": ("background", "plain"),
    "blank background": ("background", "plain"),
    "empty background": ("background", "plain"),
    "plain background": ("background", "plain"),
    "simple background": ("background", "plain"),
    "left hand side": ("position", "left"),
    "right hand side": ("position", "right"),
    "left side": ("position", "left"),
    "right side": ("position", "right"),
    "upside down": ("pose", "upside down"),
    "standing on its head": ("pose", "upside down"),
    "stands on its head": ("pose", "upside down"),
    "stand on its head": ("pose", "upside down"),
    "koala bear": ("thing", "koala"),
    "steam train": ("thing", "train"),
    "steam engine": ("thing", "train"),
    "strawberry cake": ("thing", "cake"),
    "air plane": ("thing", "airplane"),
    "tea pot": ("thing", "teapot"),
    "neon lights": ("style", "neon"),
    "rose pink": ("color", "pink"),
    "in flight": ("pose", "flying"),
    "top hat": ("worn", "hat"),
    "baseball cap": ("worn", "cap"),
    "bow tie": ("worn", "bow"),
    "magic wand": ("held", "wand"),
}

# These would mean a background or a color only together with other words, or in other company.
_NOT_ALONE = {
    "white",
    "blank",
    "empty",
    "simple",
    "drawing",
    "drawn",
    "drake",
    "auto",
}

_MORE_NEAR: dict[str, str] = {
    "dog": "dogi husky pug labrador dachshund beagle doggo",
    "cat": "kitties kittens",
    "duck": "ducky swan sparrow pigeon seagull robin",
    "sunflower": "tulip flowers lily",
    "house": "doghouse birdhouse treehouse cabins kennel burrow den barn",
    "castle": "sandcastle tower",
    "rocket": "spaceships starship ufo",
    "car": "truck van",
    "superhero": "batman spiderman superdog supercat",
    "robot": "cyborgs",
    "cake": "cupcakes tart muffin",
    "tree": "pine fir willow birch palm",
    "mushroom": "shroom",
    "dinosaur": "t-rex",
    "elephant": "elefant",
    "hedgehog": "hedgie",
    "penguin": "pinguin",
    "rabbit": "bunnys",
    "night": "nightfall dusk moon moonlit starry",
    "snow": "snowing wintertime frozen",
    "sea": "swimming swim swims waves diving",
    "beach": "beaches seashore sandy",
    "river": "rivers lakeside waterfall lakes",
    "sky": "skies cloud cloudy",
    "forest": "forests rainforest",
    "meadow": "meadows gardens fields outdoors outside",
    "city": "cities streets road",
    "room": "rooms indoor sofa livingroom",
    "big": "bigger biggest larger huger massive tall",
    "small": "smaller smallest tinier lil smol",
    "red": "reddish",
    "green": "greenish",
    "blue": "bluish",
    "pink": "pinkish",
    "watercolor": "watercolours aquarell",
    "pencil": "sketchy",
}  # fmt: skip

_PLURALS = {plural: name for name in THINGS for plural in (f"{name}s", f"{name}es")}
_PLURALS |= {"octopi": "octopus", "upside-down": "upside down"}

NEAR: dict[str, str] = {
    **{near: word for near, word in SYNONYMS.items() if near not in _NOT_ALONE},
    **{near: word for word, nears in _MORE_NEAR.items() for near in nears.split()},
    **_PLURALS,
}
"""A near word and the painter's own word for it, single words in lower case."""

KINDS: dict[str, tuple[str, str]] = {
    word: (kind, near)
    for word, (kind, near) in {
        word: (kind, near)
        for kind, near, words in (
            ("style", "watercolor, pencil, oil, neon, pixel art, sticker",
             "anime cartoon photorealistic realistic photo manga cubist 3d photograph"),
            ("color", "red, orange, yellow, green, blue, purple, pink",
             "black white brown gray grey beige silver"),
            ("animal", "dog, fox, tiger, bear",
             "wolf horse goat zebra deer donkey hamster kangaroo raccoon beaver llama gorilla rhino"
             " hippo otter leopard cheetah"),
            ("animal", "frog, turtle, dinosaur, crab",
             "snake crocodile lizard shark seal jellyfish spider ant bug"),
            ("animal", "parrot, flamingo, duck, owl", "eagle crow bat peacock ostrich hawk"),
            ("person", "superhero, astronaut, robot",
             "man woman boy girl king queen princess prince knight person people child kid baby"
             " wizard witch pirate ninja fairy mermaid elf ghost zombie vampire clown"
             " soldier santa snowman mom dad mother father teacher"),
            ("vehicle", "car, bus, tractor, airplane", "bike bicycle motorcycle helicopter submarine tank"),
            ("building", "house, castle",
             "bridge church temple school skyscraper lighthouse windmill tent shop pyramid"),
            ("plant", "sunflower, rose, cactus, tree", "bush grapes bamboo"),
            ("food", "pizza, cake, banana, strawberry",
             "bread cheese burger cherry pear carrot cookie sandwich soup coffee tea egg"),
            ("instrument", "guitar", "piano violin drum drums trumpet flute"),
            ("place", "forest, desert, snow, meadow",
             "mountain mountains volcano cave island hill farm village jungle"),
        )
        for word in words.split()
    }.items()
    if word not in NEAR
}  # fmt: skip
"""Words the painter does not know but people use: what they are, and the nearest it does know."""

_UNSHOWN_WORDS = """
sit sitting sits jump jumping jumps smile smiles eat
eating eats dance dancing dances play playing plays walk walking walks read reading reads stand
standing stands lie lying laugh laughing cry crying sing singing fight fighting hug hugging ride
riding drive driving drink drinking wave waving fall falling climb climbing chase chasing look
looking strong angry sad scared surprised facing kiss kissing
cook cooking cycling skating skiing surfing sailing blowing burning exploding tired
"""
UNSHOWN: frozenset[str] = frozenset(_UNSHOWN_WORDS.split())
"""Actions and moods that the painter has no picture for."""

GRIPS: frozenset[str] = frozenset(
    ["hold", "holds", "holding", "carry", "carries", "carrying", "wear", "wears", "wearing"]
)
"""What is said before something held or worn."""

IN_HAND: dict[str, str] = {
    "balloon": "balloon", "balloons": "balloon", "flower": "flower", "flowers": "flower", "daisy": "flower",
}  # fmt: skip
"""What is a thing of its own unless it is held, and what it is then."""

_IGNORED_WORDS = """
cost costs price money needed filed winner crazy lonely nicer nah meh article topic
a an the this that these those it its it's he him his she her they them their i i'd i'll i'm me
my mine we us our you your u ur is are was were be been being am do does did done don't dont
doesn't can could would will won't shall should may might must have has had having get got go
goes going to of for from in on at by with without near next beside besides around behind under
over above below into onto up down out off and or but so if then than as like also too very
really just only some any all both each every no not yes please pls plz what what's which who
where when why how there here there's here's now again still yet already more most less much
many lot lots bit other another else same one ones thing things way kind sort something anything
everything nothing someone let let's lets maybe perhaps between through about while because
since until after before against across along toward towards during whose that's theirs yours
itself himself herself themselves mostly almost quite rather pretty even ever never always
sometimes today tonight tomorrow yesterday once actually totally literally basically simply
possible possibly instead able cannot can't couldn't isn't wasn't aren't haven't it'd he's she's
you're they're we're i've you've whatever anyway draw draws drew paint paints painted painting
paintings generate generates generating create creates make makes made making show shows see
sees want wants need needs love loves loving liked likes give gives send bring produce imagine
design illustrate illustration render depict picture pictures image images photo photos pic pics
artwork art scene scenes drawing drawings portrait version versions variation variations variant
variants idea ideas option options style styles styled look looks color colour colors colours
colored coloured background backgrounds size position place placed side sides corner center
middle front back left right top bottom hi hello hey thanks thank great good cool awesome ok
okay alright sure perfect fine wow well hmm hm oh ah um uh sorry ya yeah yep yup nope lol haha
omg kindly try trying change changes changing turn turns add adds adding put puts replace
replaces remove removes move moves set keep keeps use using take takes pick picks choose help
start called named name names full logo icon wallpaper avatar poster card book story kids
daughter son wife husband friend friends mum wish wishes hope think thinks thought know knows
say says said tell ask asked call dreamed dream dreams last first second third new old time
different differently similar completely else's better best worse quick quickly fast slowly
simple whole entire single own themed theme filled living lives live appears appear visible
showing featuring consisting containing including surrounded surrounding located situated feel
feeling feels turned prefer ready work works working job years guys guy dear buddy bot easel
description prompt text caption word words couple few several dozen pair number sets decided
guess suppose believe wonder wondering exactly far close closer further away together alone fun
funny amazing incredible wonderful magical fantastic epic super random stuff suitable
appropriate kid kiddo toddler detailed detail details high quality hd 4k sharp crisp real actual
normal usual regular typical classic view viewed shot shown drawn everyone hiya yo morning
afternoon swap swaps switch exchange lose drop delete erase cut kick rid year-old years-old
month-old talking talks talk forget refine undo vary shrink enlarge grow zoom select refined finish finished describe
explain sister brother grandma grandpa teacher class favourite favorite tad touch slightly lil
whats thats im id ill cant wont theres heres ive couldnt doesnt isnt yall gonna wanna gotta
lemme gimme wake wakes woken stop anymore r thx ty cuz bc piece sheet
"""
IGNORED: frozenset[str] = frozenset(_IGNORED_WORDS.split())
"""Words that say nothing about what is to be seen; never reported as unknown."""

CHARMING: dict[str, str] = {
    **{charm: charm for charm in CHARMS},
    **dict.fromkeys(["cutest", "cutie", "adorable", "sweet", "kawaii", "charming"], "cute"),
    **dict.fromkeys(["pretty", "gorgeous", "stunning", "elegant"], "beautiful"),
    **dict.fromkeys(["cheerful", "joyful", "smiling", "jolly"], "happy"),
    **dict.fromkeys(["kind", "gentle", "nice"], "friendly"),
}
"""Adjectives that change nothing in the picture, and which of the painter's own comes nearest."""


def kind_of(word: str) -> tuple[str, str] | None:
    """('thing', 'dog') for "dog" or "puppy", likewise background, color, size, position, style, pose, worn, held."""
    name = word if word in _OWN else NEAR.get(word, "")
    return (_OWN[name], name) if name in _OWN else None


_OWN: dict[str, str] = {
    **{name: "position" for name in POSITIONS},
    **{name: "background" for name in BACKGROUNDS},
    **{name: "color" for name in COLORS},
    **{name: "size" for name in SIZES},
    **{name: "style" for name in STYLES},
    **{name: "pose" for name in POSES},
    **{name: "worn" for name in WORN},
    **{name: "held" for name in HELD if name not in IN_HAND},
    **{name: "thing" for name in THINGS},
}
