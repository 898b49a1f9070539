"""How long a line is when it is spoken, in any script: figures and long words count more, syllables by themselves."""

from __future__ import annotations

import re

LETTERS_A_WORD = 5.4
"""Of a word that counts as one: lines of longer words, as in Turkish or Finnish, are measured by their letters."""
LONG_WORD = 9
"""Letters of a word from which it counts for more than one."""
PAUSE = 0.6
"""Words that could be said while a mark inside a line is silent."""
KANA, HAN = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc]"), re.compile("[\u3400-\u9fff\uf900-\ufaff]")
KANJI_WORDS, HAN_WORDS = 0.68, 0.51
"""Words for a Chinese character: about two morae in Japanese, one syllable in Chinese."""
LETTERS = (
    (KANA, 0.35),
    (re.compile("[\uac00-\ud7a3]"), 0.41),
    (re.compile("[\u0e01-\u0e4e\u0e81-\u0ecd\u1000-\u109f\u1780-\u17d3]"), 0.22),
    (re.compile("[\u0590-\u06ff]"), 0.31),
    (re.compile("[\u0900-\u0963\u0971-\u0dff]"), 0.24),
)
"""Words for a letter of kana, of Hangul, of Thai and its neighbours, of Arabic and Hebrew, and of the scripts of India.

Measured as the voices speak them: 7.4 morae, 5.1 characters of Chinese and 5.4 syllables of Korean a second.
"""
DENSE = re.compile(
    "[\u0590-\u06ff\u0900-\u0dff\u0e01-\u0ecd\u1000-\u109f\u1780-\u17d3\u3000-\u30ff\u3400-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\uff00-\uff0f\uff1a-\uff1f]+"
)
MARKS = re.compile("[、，；：。！？]+(?=.)")
FIGURE = re.compile(r"[\d%$€£]")


def spoken_words(text: str) -> float:
    """The line's length in words of usual length, as they are spoken; 0 for no line.

    >>> spoken_words("Now from $9"), round(spoken_words("夜に本を読む"), 2)
    (4.0, 3.09)
    """
    if text.isascii():
        return _words(text)
    han = KANJI_WORDS if KANA.search(text) else HAN_WORDS
    letters = sum(share * len(script.findall(text)) for script, share in ((HAN, han), *LETTERS))
    return letters + PAUSE * len(MARKS.findall(text)) + _words(DENSE.sub(" ", text))


def _words(text: str) -> float:
    """Of scripts whose words stand apart."""
    words = text.split()
    figures = [word for word in words if FIGURE.search(word)]
    plain = [word for word in words if not FIGURE.search(word)]
    spelled = sum(max(1.0, len(word) / LONG_WORD) for word in plain)
    pauses = sum(word[-1] in ",;:.!?" for word in plain[:-1])
    by_letters = sum(map(str.isalpha, "".join(plain))) / LETTERS_A_WORD + PAUSE * pauses
    return max(spelled, by_letters) + sum(map(_figure, figures))


def _figure(word: str) -> float:
    """A number is spoken digit by digit, but for the noughts at its end: `1987` is four words, `40,000` two."""
    return max(2.0, float(len(re.sub(r"\D", "", word).rstrip("0"))))
