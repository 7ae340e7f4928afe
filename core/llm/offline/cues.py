"""What people say for each wish, as patterns. Each line of a block is one or more alternatives."""

from __future__ import annotations

import re


def cue(block: str, shape: str = r"\b(?:{})\b") -> re.Pattern[str]:
    """The lines of the block as alternatives, put into `shape`; spaces count only inside a line."""
    lines = [line.strip() for line in block.strip().splitlines()]
    return re.compile(shape.replace("{}", "|".join(lines)), re.I)


START = r"^(?:{})\b"
WHOLE = r"^(?:{})$"

_IT = "(?:it|this|that|him|her|them)"
_YOU = "(?:you|u)"
_HELLO = "(?:hi|hello|hey|hiya|yo|howdy|greetings|good (?:morning|evening|afternoon|day))"
_FEW = (
    "(?:some|few|several|more|a couple of|multiple|many|different) "
    "(?:(?:more|other|different|cute|nice|good|great|funny|cool) )*"
)
_MAKE = "(?:turn|make|put|draw|paint|convert|transform|generate|create|illustrate)"
_ASKING = (
    "what|who|whom|whose|why|when|where|which|how"
    "|is|are|am|do|does|did|has|have|was|were|will|should"
)
_ONE_MORE = "(?:another|one more|some more|a few more|others?|different|new|more)"

# -- small talk -------------------------------------------------------------------------------------------------------

GREETING = cue(
    rf"""
    (?:{_HELLO}\b[\s,!.]*(?:there|easel|bot|everyone|all|again|friend|{_YOU})?[\s,!.]*)+
    (?:(?:hi|hello|hey)[\s,!.]*)?(?:how (?:are|r) (?:you|u|things)[\w\s]*|what'?s up|sup)
    """,
    WHOLE,
)
THANKS = cue(
    r"(?:(?:ok(?:ay)?|great|cool|perfect|wow|yay|nice)?[\s,!.]*)(?:many )?"
    r"(?:thanks?|thank you|thx|ty|cheers|much appreciated)",
    START,
)
GOODBYE = cue(
    r"""
    (?:ok(?:ay)?[\s,]*)?(?:good ?bye|bye(?: bye)?|see (?:you|ya)|good night|i'?m done|cu|have a (?:nice|good|great))
    (?:ok(?:ay)?[\s,]*)?that'?s (?:all|it|enough)(?: for (?:now|today))?
    (?:i(?:'ve)? )?(?:gotta|got to|must|have to|need to) (?:run|go|leave|sleep)
    """,
    START,
)
PRAISE = cue(
    rf"""
    awesome|amazing|gorgeous|wonderful|fantastic|brilliant|lovely|stunning|impressive|great|excellent|perfect
    beautiful|cute|adorable|nice|cool|good|wow|sweet|funny|well done|made my day|haha|lol|yay|going to love
    (?:love|like|loves|likes) (?:{_IT}|these)
    """
)
RUDE = cue(
    r"""
    stupid|idiot|dumb|useless|crap|shit\w*|fuck\w*|sucks?|garbage|trash|ugly|terrible|horrible|awful|hate
    worst|bad|wrong|rubbish|disappointing|boring
    """
)
NO = cue(r"no|nope|nah|no thanks?|no thank you|rather not|never ?mind|forget it|not really", WHOLE)
YES = cue(r"(?:yes|yeah|yep|sure|ok|okay|please|alright)[\s,!.]*(?:please)?[\s!.]*", WHOLE)
WHO = cue(
    rf"""
    (?:who|what) (?:are|r) {_YOU}|your name|who (?:made|built|wrote) you|introduce yourself|about yourself
    are {_YOU} (?:an? )?(?:\w+ )?(?:ai|bot|robot|human|real|person|smart|alive)
    are {_YOU} (?:chatgpt|gpt\w*|an? llm|claude|gemini|dall-?e|midjourney)
    """
)
VOCABULARY = cue(
    rf"""
    (?:what|which)(?: \w+)?(?: \w+)? (?:can|do|could) {_YOU}(?: actually)? (?:paint|draw|know|generate|make|have)
    (?:what|which) (?:things|animals|words|styles|places|backgrounds|colou?rs) (?:are there|exist|do you)
    list\b.*\b(?:paint|draw|know|things|words|styles|animals|everything)
    (?:everything|all) (?:that )?{_YOU} can (?:draw|paint)|your vocabulary
    """
)
HELP = cue(
    r"""
    ^(?:help|help me|commands?|menu|instructions?|usage|manual|options)$
    what (?:can|could|do) (?:you|u|i) do|what (?:are you able|else can you)|show me what you can
    your (?:skills|abilities|features)
    how (?:do(?:es)?|can) (?:i|this|it|one|that) (?:use|work|start|edit|change)|can you help me$
    what can i (?:say|ask|do|write|type)
    """
)
LANGUAGE_MODEL = cue(
    r"""
    llms?|language models?|open ?ai|gpt[\w.-]*|chatgpt|ollama|llama|api keys?|api|backend|claude|anthropic
    vllm|lm ?studio|mistral
    """
)
SETTING_UP = cue(
    r"how|connect|use|add|set ?up|configure|plug|install|enable|switch|where|want|key|attach"
)
ASKING = cue(_ASKING, START)
OURSELVES = cue(r"i|i'm|i've|im|we|we're|you|you're|me|gotta")
QUESTION = cue(
    rf"""
    {_ASKING}
    tell|explain|write|calculate|solve|translate|sing|code|remind|search|google|compute|define
    give me (?:the|a) (?:recipe|joke|poem)
    """,
    r"^(?:{})\b|\?\s*$",
)

# -- pictures that exist ----------------------------------------------------------------------------------------------

CHOOSING = cue(
    r"""
    pick|choose|chose|take|select|go(?:ing)? (?:with|for)|use|keep|prefer|likes?|loves?|want|have|favou?r
    continue with|work with|show me|show|see|open|display|bring back|give me
    """,
    r"^(?:i (?:will |'ll )?|i'd |i would |we(?:'ll| will)? |my (?:\w+ )?|let'?s |let us |she |he )?"
    r"(?:really |will |would |rather )?(?:{})\b",
)
FIRMLY_CHOOSING = cue(r"(?:i(?:'ll| will)? )?(?:pick|choose|take|select|use|keep|go with)", START)
BEST = cue(
    r"""
    (?:is|are|'s|looks?|was)(?: \w+)? (?:the )?(?:best|good|nice|nicer|better|great|perfect|cute|cutest|winner)
    (?:is|are|'s|looks?|was)(?: \w+)? (?:the )?(?:lovely|nicest|prettiest|beautiful|fine|cool|awesome|right one|it|one)
    (?:my|the|her|his) favou?rite|i like|(?:best|most|more|please|wins|again)$
    """
)
UNDO = cue(
    rf"""
    undo|revert|roll ?back|go back|step back|back to|take {_IT} back|return to|restore|one step|^back$
    (?:previous|earlier) (?:one|version|picture)|before that|as (?:it was|before)
    """
)
REFINING = cue(
    rf"""
    refine|refined|refinement|sharpen|sharper|crisper|clearer|blurry|blurred|fuzzy|smoother|cleaner
    polish|upscale
    quality|(?:better|higher|more|best|high) (?:resolution|res)|hd|4k|enhance|improve|finish|finali[sz]e
    clean {_IT} up|more details?|more detailed|touch (?:it )?up
    """
)
MORE = cue(
    r"""
    more|another|others?|different|again|vary|variations?|variants?|alternatives?|similar|redo|retry
    re-?roll|else|next
    """
)
VARYING = cue(
    rf"""
    more (?:like|of|pictures|images|versions|options|examples|please|ones?)|see (?:some )?more|next one
    (?:like|similar to) (?:{_IT}|these|those)|similar (?:ones?|pictures?|images?)
    {_ONE_MORE} (?:ones?|versions?|try|attempt|take|variations?|variants?|pictures?|images?|please|go|options?)
    vary|variations?|variants?|alternatives?|re-?roll|(?:try|run) (?:it |that |this )?again|do {_IT} (?:again|over)
    (?:paint|draw) it again|versions of {_IT}
    ^(?:again|more|another|others?|once more|one more|same again|next|redo|retry|and again)(?: please| time| one)?$
    ^(?:something similar|some more|more options)(?: please)?$
    """
)
SEVERAL = cue(
    r"more|some|others|few|ideas|options|versions|variations|variants|alternatives|several|ones|pictures|images"
)
ONCE = cue(r"once more|one more|more time")
DESCRIBING = cue(
    r"""
    describe|caption|alt text
    what(?:'s| is| was|s)?(?: exactly| actually)?(?: is| was)? (?:there )?(?:in|on|it|this|that)
    what (?:do|does|can) (?:you|it|this|that|i) (?:see|show)|what am i (?:seeing|looking at)
    what(?:'s| is|s) (?:the )?(?:picture|image|number)?\b.*\bshow(?:ing|s)?|tell me what(?:'s| is) (?:in|on)
    explain (?:the |this |that )?(?:picture|image|it)|what did (?:you|i) (?:paint|draw|make|ask)
    """
)
WHY = cue(r"^(?:but )?why|why (?:did|is|does|are|has|was)")
DETAILS = cue(
    r"""
    prompts?|seed|which (?:words|model)|what (?:words|model|settings)|^(?:but )?why|why (?:did|is|does|are|has|was)
    how (?:did|was|were)\b.*\b(?:made|make|paint|painted|draw|drawn|done|do)|details|parameters
    recipe (?:of|for) (?:it|this|that)
    """
)
STORY = cue(
    rf"""
    stor(?:y|ies) (?:of|about|behind|for|with)|(?:tell|write|give|know|make up|invent)\b.*\bstor(?:y|ies)
    what(?:'s| is) (?:the |his |her |its )?story|(?:his|her|its|their|a|the) story|adventures? of|fairy ?tale
    tell (?:me|us)(?: \w+){{0,2}} (?:more |something |a bit )?about {_IT}|^tell (?:me|us) (?:some|more)
    what makes (?:it|him|her)|once upon a time|who is (?:it|he|she)
    what does (?:it|he|she) (?:like|do|eat|love|dream)
    """
)
HOME = cue(
    r"""
    (?:where|how) (?:does|do|would|could|might|will) (?:it|he|she|they|this \w+|that \w+|the \w+)\b.*\blive
    (?:it's|its|his|her|their|(?:this |that |the |my )?\w+'s) (?:house|home|kennel|den|cottage)
    house (?:of|for) (?:it|him|her|this|that|the \w+)
    """
)
OWNER = re.compile(
    r"\b(?:this|that|the|a|my)? ?(\w+)'s (?:house|home|kennel|den)"
    r"|\b(?:does|would|could|might|will|do) (?:the|this|that|a|my)? ?(\w+) live",
    re.I,
)
POINTING = cue(
    r"""
    the (?:first|second|third|fourth|last|left|right) one|(?:picture|image|number) \d
    ^(?:take|pick|choose|select) (?:\d|it|this|that)
    """
)
_NAME = r"[\"'“]?(?P<name>[^\W\d_][\w'-]{0,24}(?-i:(?: [A-Z][\w'-]{0,24}){0,2}))[\"'”]?"
NAMINGS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?:its|it's|his|her|their|the \w+(?:'s)?|this one's|that one's|\w+'s) name"
        rf"(?:'s| is| will be| should be| shall be|:)? (?:called )?{_NAME}",
        r"\b(?:call|name) (?:it|him|her|this|that|them|(?:the|this|that|my) (?:\w+ )??\w+"
        rf"|(?:picture|image|number|#) ?#?\d+) (?!(?:one|picture|image|pic)\b){_NAME}",
        r"\b(?:this|that|it|he|she|(?:the|this|that) \w+(?: one)?) (?:is|shall be|will be|should be)"
        rf" (?:called|named) {_NAME}",
        rf"\bi(?:'ll| will)? (?:call|named?|called) (?:it|him|her|this|that) {_NAME}",
    )
)
CALLED = re.compile(r"\b(?:named|called|with the name)\s+[\"“]?([^\W\d_][\w-]{0,24})", re.I)

# -- descriptions -----------------------------------------------------------------------------------------------------

NEW_VERB = cue(
    r"""
    draw|paint|sketch|generate|create|imagine|illustrate|render|design|produce|show|give|make|get|do|build|bring
    i want|i need|i'd (?:like|love)|i would (?:like|love)|(?:can|could|may) (?:i|we)|let me|i wish|we need|we want
    """,
    START,
)
DRAWING = cue(
    r"""
    draw|paint|sketch|generate|create|imagine|illustrate|render|design|(?:picture|image|painting|drawing) of
    show me|give me
    """
)
INDEFINITE = cue(
    r"(?:\w+ )?(?:me |us |for me |up )*(?:an?|some|two|three|four|five|six|seven|eight|\d|another|one|new)",
    START,
)
AFRESH = cue(
    r"""
    something (?:\w+ )?(?:different|else|new)|start over|from scratch|new (?:picture|image|one|scene)|fresh start
    (?:another|different|new) idea|forget (?:it|that|this)|next picture
    """
)
PRONOUN = cue(
    r"""
    it|it's|its|him|his|he|her|she|them|they|this|these|those|same|that(?= one| picture| image|$)
    the (?:picture|image|background|color|colour|style)
    """
)
CHANGING = cue(
    r"""
    ^(?:make|turn|change|put|move|add|remove|replace|swap|delete|erase|lose|drop|recolou?r|colou?r)
    ^(?:get rid|take|give|set)
    ^(?:switch|exchange|transform|convert|don't|with|without|and|plus|but|in|on|at|under|near|by|as|more|less|instead)
    ^(?:place|bring|hide|use|no|not|next to|to the|now|same|have)
    instead|replace|swap|remove|add|get rid of|rather|too|as well|without
    """
)
CHANGING_IT = cue(r"(?:make|turn|change) (?:it|him|her|this|that|them|the)", START)
WHERE = cue(
    r"""
    where(?:'s| is| are|s)?|i (?:can't|cannot|don't|do not) see|there(?:'s| is) no|you forgot|what happened to|missing
    why (?:is|are) there no|why (?:can't|don't|can i not) i see
    """,
    r"^(?:but |and )*(?:{}) (?:the |a |my |any )?",
)
ANYTHING = cue(
    r"""
    surprise me|something|anything|whatever(?: you (?:like|want))?|random|you (?:choose|decide|pick)|your choice
    up to you|i'm bored
    """
)
ACCEPTING = cue(
    r"""
    yes|yeah|yep|yup|ya|sure|ok|okay|please|please do|do it|do that|go|go ahead|why not
    sounds (?:good|great|nice)
    of course|absolutely|great|perfect|good idea|fine|let's (?:do|go)|yes,? (?:please|do).*|deal|alright|exactly
    i'd (?:like|love) that|i would (?:like|love) that|yes do that|that (?:one|would be (?:nice|great))
    definitely|gladly
    with pleasure|looks great,? (?:could|can) you (?:draw|paint) it
    """,
    r"^(?:(?:oh|ah|wow|well|great|ok|mm+)[\s,!.]+)*(?:{})\b[\s,!.]*"
    r"(?:please|do it|do that|thanks?|thank you|great|go ahead)?[\s!.]*$",
)
FROM_TEXT = cue(
    rf"""
    {_MAKE}\b.*\b(?:this|that|the|your) (?:description|text|story|idea|words|sentence)
    (?:draw|paint|show me|illustrate) (?:that|this|it)(?: for me| please| now)?$
    """
)
DESCRIPTION = cue(r"description|text|idea|words|sentence|story")
OFFER = re.compile(r"Shall I paint ([^?]{3,200})\?")
TOLD = re.compile(r"house (?:could be a cozy place|like this): ([^.?!]{3,200})")
STICKERS = cue(r"stickers?")
ONE_STICKER = cue(r"(?:a|one) sticker|it|this")
SOME_STICKERS = cue(r"some|stickers|few|several|two")
IDEAS = cue(
    rf"""
    {_FEW}(?:ideas?|options|pictures|images|versions|variations|examples|designs|drawings|paintings)
    {_FEW}(?:sketches|proposals|suggestions|takes|alternatives|concepts)
    ideas for
    """
)
