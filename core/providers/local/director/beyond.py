"""What people ask of the offline director that it cannot do: why not, and the nearest thing that can be done."""

from __future__ import annotations

import re

MODEL = "choose a language model under Look and sound, Who makes it, and ask again"
BEYOND: tuple[tuple[str, str], ...] = (
    (
        (
            r"\b(?:e-?mail|mail|send|share|post|tweet|publish|upload) (?:it|this|that|the (?:film|video)|everything)\b|"
            r"\b(?:post|publish|upload)\b.*\b(?:tiktok|instagram|youtube|facebook|online)\b"
        ),
        "I cannot send or publish anything. When the film is made, its page has the file to download.",
    ),
    (
        (
            r"\btranslat\w+\b|\b(?:in|into|to) (?:german|french|spanish|italian|dutch|polish|turkish|portuguese|"
            r"chinese|japanese|arabic|russian|hindi)\b"
        ),
        f"I know no other languages: give me the line itself (scene 2 should say “…”), or {MODEL}.",
    ),
    (
        (
            r"\b(?:funnier|wittier|smarter|catchier|cleverer|more (?:funny|witty|catchy|convincing|persuasive|creative|"
            r"original))\b|\b(?:rewrite|reword|rephrase|improve|polish)\b|"
            r"\b(?:write|come up with|think of|invent|suggest)\b.*"
            r"\b(?:line|script|text|title|hook|slogan|joke|better)\b"
        ),
        f"I have no words of my own: give me the line itself (scene 2 should say “…”), or {MODEL}.",
    ),
    (
        r"\b(?!9:16|16:9|1:1)\d{1,2}\s*:\s*\d{1,2}\b",
        "The film can be 9:16, 16:9 or 1:1. Say one of these; other shapes can be cut from it outside.",
    ),
    (
        r"\bfade\w*\b.*\b(?:music|soundtrack|song)\b|\b(?:music|soundtrack|song)\b.*\bfade\w*\b",
        "The music fades out by itself at the end; I can change its loudness, its mood and its tempo.",
    ),
    (
        r"\b(?:enthusias\w+|excite\w+|emotion\w*|whisper\w*|shout\w*|punch|energy)\b",
        "I cannot act it out. I can change who speaks, how fast and how loud, the lengths, and the music.",
    ),
    (
        r"\b(?:start (?:all )?over|from scratch|start again|begin again)\b",
        "I change the plan that is there. Under Versions the whole plan can be written anew, and every state restored.",
    ),
    (
        r"\b(?:celebrity|famous|sing(?:s|ing)?|live performance|lip-?sync\w*)\b",
        "I cannot bring a particular person in. Give a picture that you may use, and say for which scene.",
    ),
    (
        r"\b(?:delete|erase|throw away) (?:the |this )?(?:project|account|everything)\b",
        "I delete nothing but scenes. A film is deleted on the page of your films, under More.",
    ),
    (
        r"\b(?:budget|credit card|charge|refund|discount|cheaper|spend|money)\b",
        "I do not handle money. What the film costs stands beside the Approve button; other models change it.",
    ),
    (
        r"\b(?:3d|vr|360|interactive|4k|8k|slow[- ]?motion|time-?lapse|green ?screen|reverse playback)\b",
        "That cannot be made here. I can change the camera, the length of a scene and what it shows.",
    ),
)


def beyond(low: str) -> str | None:
    """Why the clause cannot be done, with the nearest possible thing; None when it is not of that kind."""
    return next((why for pattern, why in BEYOND if re.search(pattern, low)), None)
