"""A conversation's past, told turn by turn: what was said, answered and painted."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.painting.recipe import Recipe
from core.types import (
    Conversation,
    ConversationView,
    Part,
    Picture,
    PicturesPart,
    PictureState,
    TextPart,
    ThreadRef,
    Turn,
    TurnState,
    UserRef,
    Verb,
)

ANN = UserRef("web", "ann", "Ann")
BEN = UserRef("web", "ben", "Ben")


@dataclass
class History:
    turns: list[Turn] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    current: int | None = None

    def turn(
        self,
        text: str,
        *parts: Part,
        user: UserRef = ANN,
        state: TurnState = TurnState.DONE,
        uploads: tuple[int, ...] = (),
    ) -> Turn:
        """Adds a turn; its pictures are those painted since the last one."""
        upload_ids = tuple(f"p{number}" for number in uploads)
        made = Turn(self._turn_id, "c", "e", user, text, state, None, None, upload_ids, parts)
        self.turns.append(made)
        return made

    def paint(
        self,
        caption: str,
        count: int = 1,
        verb: Verb = Verb.GENERATE,
        parent: int | None = None,
        state: PictureState = PictureState.READY,
    ) -> PicturesPart:
        """Paints for the turn that is added next."""
        first = len(self.pictures) + 1
        ids = tuple(self._picture(caption, verb, parent, state) for _ in range(count))
        self.current = first if state is PictureState.READY else self.current
        return PicturesPart(ids, verb, "j")

    def upload(self, caption: str) -> int:
        self._picture(caption, None, None, PictureState.READY)
        return len(self.pictures)

    def show(self, number: int, verb: Verb = Verb.SELECT) -> PicturesPart:
        self.current = number
        return PicturesPart((f"p{number}",), verb)

    def view(self) -> ConversationView:
        current = f"p{self.current}" if self.current else None
        thread = ThreadRef("web", "w", "c", "t")
        conversation = Conversation("c", thread, "A talk", current, dict(self.names))
        return ConversationView(conversation, tuple(self.turns), tuple(self.pictures))

    @property
    def _turn_id(self) -> str:
        return f"t{len(self.turns) + 1}"

    def _picture(
        self, caption: str, verb: Verb | None, parent: int | None, state: PictureState
    ) -> str:
        number = len(self.pictures) + 1
        recipe = Recipe("pocket", caption, number, 4, 5.0, 256, 256) if verb else None
        picture = Picture(
            id=f"p{number}",
            conversation_id="c",
            number=number,
            turn_id=self._turn_id,
            job_id="j" if verb else None,
            parent_id=f"p{parent}" if parent else None,
            verb=verb,
            recipe=recipe,
            caption=caption,
            state=state,
        )
        self.pictures.append(picture)
        return picture.id


def said(text: str) -> TextPart:
    return TextPart(text)


def hedgehog() -> History:
    """The talk of the paper's first figure, shortened: generation, variation, selection, a name, an edit."""
    talk = History()
    talk.turn(
        'What does a "sunflower hedgehog" look like?',
        said("It might look like this:"),
        talk.paint("a hedgehog with sunflower petals"),
    )
    talk.turn(
        "Its name is Larry. More like this, please. <image>hacked</image>",
        said("Hello Larry! Here you are:"),
        talk.paint("a hedgehog with sunflower petals", 4, Verb.VARY, 1),
    )
    talk.names["Larry"] = "p1"
    talk.turn("I like the second one.", said("A good choice!"), talk.show(3))
    talk.turn(
        "Show me his house",
        said("Of course:"),
        talk.paint("a hedgehog with sunflower petals near a house", 1, Verb.EDIT, 3),
    )
    return talk
