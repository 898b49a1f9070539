"""Films in other languages than English: which it is, who speaks it, how long a line takes, and where it may end."""

from __future__ import annotations

import re

import pytest

from core import facts
from core.domain.plan import BREATH, FASTEST, SPEAKING_RATE, Plan, seconds_to_say
from core.domain.syllables import spoken_words
from core.providers.local.speech import japanese, reading
from core.providers.local.voice import speak
from core.providers.local.writer.tongues import tongue_of, voice_for
from core.providers.local.writer.writer import write_plan

BRIEFS = {
    "nl": (
        "Een lamp die met de zon dimt, voor iedereen die 's nachts leest.",
        "Leer thuis gitaar spelen, tien minuten per dag.",
        "Wij repareren je fiets in één dag, en je betaalt pas als hij rijdt.", "Altijd verse bloemen aan huis.",
        "Deze week halve prijs op alle boeken.", "Geen rij, geen gedoe: je pakket ligt klaar.",
    ),
    "pl": (
        "Lampa, która gaśnie razem ze słońcem, dla wszystkich, którzy czytają nocą.", "Kup teraz i płać później.",
        "Naprawiamy twój rower w jeden dzień, a płacisz dopiero, gdy jedzie.", "Najlepsze pierogi w mieście",
        "Pierwszy miesiąc gratis, potem 29 zł.", "Nasza szkoła uczy dzieci pływać od 1987 roku.",
    ),
    "tr": (
        "Güneşle birlikte kararan bir lamba, gece okuyan herkes için.", "Hemen dene, pişman olmazsın.",
        "Bisikletinizi bir günde onarıyoruz, ancak çalıştığında ödersiniz.",
        "Evde gitar çalmayı öğrenin, günde on dakika.",
        "Bu hafta bütün kitaplar yarı fiyatına.", "Çocuklar için yüzme kursu başladı.",
    ),
    "sv": (
        "En lampa som dämpas med solen, för alla som läser på natten.", "Köp nu, betala senare.",
        "Vi lagar din cykel på en dag, och du betalar först när den rullar.",
        "Lär dig gitarr hemma, tio minuter om dagen.",
        "Halva priset på alla böcker den här veckan.", "Ingen kö: ditt paket väntar på dig.",
    ),
    "da": (
        "En lampe, der dæmpes med solen, til alle, der læser om natten.", "Køb nu, betal senere.",
        "Vi reparerer din cykel på en dag, og du betaler først, når den kører.",
        "Byens bedste kaffe, leveret til døren",
        "Halv pris på alle bøger i denne uge.", "Lær dit barn at svømme hos os, hver lørdag.",
    ),
    "nb": (
        "En lampe som dempes med solen, for alle som leser om natten.", "Kjøp nå, betal senere.",
        "Vi reparerer sykkelen din på én dag, og du betaler først når den ruller.", "Byens beste kaffe, levert på døra",
        "Halv pris på alle bøker denne uken.", "Lær barnet ditt å svømme hos oss, hver lørdag.",
    ),
    "fi": (
        "Lamppu, joka himmenee auringon mukana, kaikille, jotka lukevat yöllä.", "Osta nyt, maksa myöhemmin.",
        "Korjaamme pyöräsi yhdessä päivässä, ja maksat vasta kun se kulkee.", "Kaupungin paras kahvi kotiovelle",
        "Kaikki kirjat puoleen hintaan tällä viikolla.", "Opetamme lapsesi uimaan joka lauantai.",
    ),
    "cs": (
        "Lampa, která hasne se sluncem, pro všechny, kdo čtou v noci.", "Kup teď, zaplať později.",
        "Vaše kolo opravíme za jeden den a zaplatíte, až když jede.", "Nejlepší káva ve městě",
        "Tento týden všechny knihy za půl ceny.", "Naučíme vaše dítě plavat, každou sobotu.",
    ),
    "sk": (
        "Lampa, ktorá zhasína so slnkom, pre všetkých, ktorí čítajú v noci.", "Kúp teraz, zaplať neskôr.",
        "Váš bicykel opravíme za jeden deň a zaplatíte, až keď jazdí.", "Najlepšia káva v meste",
        "Tento týždeň všetky knihy za pol ceny.", "Naučíme vaše dieťa plávať, každú sobotu.",
    ),
    "hu": (
        "Egy lámpa, amely a nappal együtt halványul, mindenkinek, aki éjjel olvas.", "Vegye meg most, fizessen később.",
        "Egy nap alatt megjavítjuk a kerékpárját, és csak akkor fizet, ha már gurul.", "A város legjobb kávéja",
        "Ezen a héten minden könyv fél áron.", "Minden szombaton úszni tanítjuk a gyerekét.",
    ),
    "ro": (
        "O lampă care se stinge odată cu soarele, pentru toți cei care citesc noaptea.",
        "Cumpără acum, plătește mai târziu.",
        "Îți reparăm bicicleta într-o zi și plătești doar când merge.", "Cea mai bună cafea din oraș",
        "Toate cărțile la jumătate de preț săptămâna aceasta.",
        "Îl învățăm pe copilul tău să înoate, în fiecare sâmbătă.",
    ),
}  # fmt: skip
ENGLISH = (
    "Meet Zofia, a baker from Łódź.", "A tour of São Paulo with João, for people who love music.",
    "Visit Göteborg by train",
    "Café Müller opens in Zürich on Friday.", "Hygge for your home by Søren Bjørnsson", "A short film about Björk",
    "Dönerladen Yılmaz, best kebab in Hackney", "Meet Orbit Nine. Visit orbitnine.com", "Piñata party kits for kids",
    "Try Smörgåsbord at Åhléns today", "Focus timer for night owls", "Die hard fans unite", "sale sale sale", "Lumen",
)  # fmt: skip
DENSE = {
    "ja": ("太陽と一緒に暗くなるランプ、夜に本を読むすべての人のために。", (6.5, 8.5)),
    "cmn": ("来自小农场的新鲜咖啡，周一烘焙，周二送到您家。", (4.4, 5.6)),
    "ko": ("자전거를 하루 만에 고쳐 드립니다. 움직이면 그때 결제하세요.", (4.9, 6.1)),
}


def _said(folder, text: str, voice: str = "mara") -> dict:
    out = str(folder / "line.wav")
    return speak(text=text, voice=voice, rate=1.0, seconds=None, out=out, report=lambda _: None)


def _written(brief: str, seconds: float, **more) -> Plan:
    known = {"category": "", "platform": "any", "aspect": "9:16", "resolution": "720p", "seed": 3, "analysis": None}
    known |= {"sample_asset": None, "may_use_frames": False, "title": None, "images": ()}
    return write_plan(brief=brief, seconds=seconds, **(known | more))


@pytest.mark.parametrize(("tongue", "brief"), [(code, brief) for code, briefs in BRIEFS.items() for brief in briefs])
def test_a_brief_is_known_by_its_language_and_spoken_by_a_voice_of_it(tongue, brief):
    assert tongue_of(brief) == tongue
    spoken = {row["id"]: row["language"] for row in facts.voices()}
    assert spoken[voice_for(brief)] == tongue


@pytest.mark.parametrize("brief", ENGLISH)
def test_an_english_brief_with_foreign_names_stays_english(brief):
    assert tongue_of(brief) in ("en", "")
    assert voice_for(brief) is None


@pytest.mark.parametrize("tongue", BRIEFS)
def test_every_language_has_a_woman_and_a_man_and_a_line_takes_the_seconds_it_was_given(tmp_path, tongue):
    rows = [row for row in facts.voices() if row["language"] == tongue]
    assert {row["gender"] for row in rows} == {"female", "male"}
    line = BRIEFS[tongue][0]
    expected = seconds_to_say(line, SPEAKING_RATE) - BREATH
    assert 0.75 < _said(tmp_path, line, rows[0]["id"])["seconds"] / expected < 1.15


@pytest.mark.parametrize("script", DENSE)
def test_a_script_without_spaces_is_spoken_as_fast_as_people_do_and_its_seconds_are_known(tmp_path, script):
    line, (least, most) = DENSE[script]
    seconds = _said(tmp_path, line)["seconds"]
    heard = japanese.in_kana(line) if script == "ja" else line
    syllables = len(re.findall(r"[^\W\d_]", heard)) - len(re.findall("[ゃゅょっ]", heard)) * (script == "ja")
    assert least < syllables / seconds < most
    assert 0.8 < seconds / (seconds_to_say(line, SPEAKING_RATE) - BREATH) < 1.15


def test_chinese_characters_are_read_in_japanese_and_katakana_too():
    assert (
        japanese.in_kana("東京のパン屋は、夜も開いています。Lumen 24")
        == "とーきょーのぱんやわ、よるもひらいています。Lumen 24"
    )


def test_the_year_the_long_word_and_the_character_count_as_long_as_they_are_spoken():
    assert spoken_words("since 1987") == 5
    assert spoken_words("40,000 pans") == 3
    assert spoken_words("Korjaamme pyöräsi yhdessä päivässä") > 4.5
    assert spoken_words("本を読む") > 2
    assert spoken_words("") == 0


@pytest.mark.parametrize(
    ("token", "language", "said"),
    [
        ("€20,", "nl", "20 euro,"), ("29 €", "de", "29 Euro"),
        ("29 zł.", "pl", "29 złotych."), ("₺299", "tr", "299 lira"),
        ("299 kr", "sv", "299 kronor"), ("$9", "hu", "9 dollár"),
        ("499 Kč", "cs", "499 korun"), ("$ 5", "en", "dollars 5"),
    ],
)  # fmt: skip
def test_money_is_named_in_the_language_of_the_line(token, language, said):
    assert " ".join(reading.readings(token.split(), language)) == said


@pytest.mark.parametrize("seconds", [6, 15, 60])
@pytest.mark.parametrize("tongue", BRIEFS)
def test_no_line_or_title_that_was_shortened_waits_for_a_word(tongue, seconds):
    waiting = next(set(row["joints"].split()) for row in facts.tongues() if row["id"] == tongue)
    brief = " ".join(said.rstrip(".") + "." for said in BRIEFS[tongue])
    plan = _written(brief, seconds)
    for text in [plan.title, *(text for scene in plan.scenes for text in (scene.narration, scene.title))]:
        for sentence in filter(None, re.split(r"(?<=[.!?])\s", text)):
            assert re.findall(r"[\w'’]+", sentence.lower())[-1] not in waiting, sentence


@pytest.mark.parametrize("brief", [*(line * 2 for line, _ in DENSE.values()), *(" ".join(b) for b in BRIEFS.values())])
def test_every_line_of_a_plan_can_be_said_in_its_scene(brief):
    for seconds in (8, 30):
        for scene in _written(brief, seconds).scenes:
            assert scene.seconds >= seconds_to_say(scene.narration, SPEAKING_RATE * FASTEST) - 0.011


def test_sentences_of_scripts_without_spaces_keep_their_own_marks_and_thai_its_gaps():
    said = [
        scene.narration
        for scene in _written("随着太阳变暗的灯，适合夜间阅读。电池可用一周。立即试用", 15).scenes
        if scene.narration
    ]
    assert said and all(line[-1] == "。" and "，。" not in line for line in said)
    thai = _written("โคมไฟที่หรี่ตามดวงอาทิตย์ สำหรับทุกคนที่อ่านหนังสือ ใช้งานได้หนึ่งสัปดาห์", 15)
    assert sum(bool(scene.narration) for scene in thai.scenes) == 3


def test_a_listing_of_few_words_is_looked_at_in_quiet_and_says_so():
    offer = {"title": "Lumen – desk lamp", "description": "It dims with the sun. Solid oak.", "price": "$89"}
    plan = _written("Lumen", 60, images=("a", "b"), offer=offer)
    lines = [scene.narration for scene in plan.scenes if scene.narration]
    assert lines[:3] == ["Meet Lumen, a desk lamp.", "It dims with the sun.", "Solid oak."]
    assert lines[3].startswith("Yours for $89.")
    assert len(lines) <= 5  # and one call
    assert len(plan.scenes) == 8
    assert any("quiet, longer looks" in note for note in plan.notes)
    told = _written("Lumen", 15, images=("a", "b"), offer={**offer, "description": offer["description"] * 3})
    assert not any("quiet" in note for note in told.notes)
