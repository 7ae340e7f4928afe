"""What the painter can paint, told to somebody who writes its descriptions. Standard library only."""

from core.painting.pocket.vocabulary import (
    BACKGROUNDS,
    COLORS,
    HELD,
    POSES,
    POSITIONS,
    SIZES,
    STYLES,
    THINGS,
    WEARERS,
    WORN,
)


def things_and_wearers() -> str:
    """All things; those that can wear and hold something have an asterisk."""
    return ", ".join(f"{name}*" if name in WEARERS else name for name in THINGS)


def known_words() -> str:
    """All that can be painted, told to somebody who writes the descriptions."""
    places = ", ".join(phrases[0] for phrases in BACKGROUNDS.values())
    return (
        "The painter is small and can paint only this: one or two things in a picture, chosen from"
        f" {things_and_wearers()}; {places}; {', '.join(POSES)}; {', '.join(SIZES)};"
        f" {', '.join(POSITIONS[place][0] for place in POSITIONS)}; in {', '.join(COLORS)}; those with *"
        f" may wear a {', '.join(WORN)} or hold a {', '.join(HELD)}; as {', '.join(STYLES)} or"
        " without a style. Describe with these words, without the *. Where a person asks for something"
        " else, paint the nearest of these and say so."
    )
