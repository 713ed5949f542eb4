"""Words that the search knows beforehand, all of them folded: signs of danger."""

import re

CANNOT = r"(can ?t|can ?not|could ?n ?t|could not|wo ?n ?t|will not|does ?n ?t|does not|did ?n ?t|did not)"
IS_NOT = r"(not|is ?n ?t|was ?n ?t|barely|stopped|quit)"
WANT_NOT = r"((do|does|did) ?n ?t|not|no longer|never) (want to|wants to|wanted to|wanna)"
SOMEBODY = r"(my ?self|me|your ?self|him ?self|her ?self|them ?sel\w+|him|her|them|my \w+)"
ONESELF = r"(my ?self|me|your ?self|him ?self|her ?self|them ?sel\w+)"
A_LIFE = r"(my|his|her|their)( own)? life"
PILLS = r"(pills?|tablets?|meds|medicines?)"
QUERER = r"(quiero|quiere|quieres|queria|quisiera)"

# Phrases of the words of a query with one blank between two: "don't" is "don t". Who is not in danger and reads the
# ladder loses a moment; who is and does not may lose a life. So these ring rather once too often.
DANGER = (
    # to kill or to hurt oneself
    r"suicid\w*",
    r"self ?harm\w*",
    r"kms",
    rf"(kill|hurt|harm|hang|cut|shoot)(s|ing|ting|ed)? {ONESELF}",
    r"(want|wants|wanted|wanna|going|ready|wish i could|wish to) (to )?die",
    r"(want|wants|wanted) to be dead",
    r"better off dead",
    r"(i m|i am|he is|he s|she is|she s) dying(?! to)",
    r"no reason to live",
    rf"{WANT_NOT} (live|be alive|be here|wake up)",
    r"(end|ending|ends|take|taking) it all",
    rf"(end|ending|take|taking|takes) {A_LIFE}(?! back)",
    # too much
    r"overdos\w*",
    r"over dos(e|es|ed|ing)",
    r"od( ?ed| d| ?ing)",
    r"od on",
    r"^od$",
    rf"(took|taken|swallowed) (too many|too much|all (of )?(my|the|his|her|their)|a bottle of)( \w+)? {PILLS}",
    # no breath, no answer
    rf"{IS_NOT} breath(e|ing)",
    rf"{CANNOT} breathe?",
    rf"{CANNOT} wake( \w+){{0,3}} up",
    rf"{CANNOT} wake {SOMEBODY}",
    r"(is|was)? ?(not|n ?t) waking up",
    r"blue lips",
    r"lips (are|r|is|is turning|are turning|turned|turning|look|went) (blue|purple|gr[ae]y)",
    r"(unresponsive|unconscious)",
    r"911",
    r"988",
    # matarse, hacerse dano
    r"autolesion\w*",
    rf"{QUERER} (morir\w*|matarme|matarse)",
    rf"(me|se|te) ({QUERER}|voy a|va a|vas a) (morir|matar|ahorcar)",
    r"(matar|ahorcar)(me|se)",
    r"quitar(me|se)? la vida",
    rf"(no|ya no) {QUERER} (seguir )?(vivir|viviendo|estar viv[oa])",
    r"(acabar|terminar) con (mi|su|tu) vida",
    r"hacer(me|se) dano",
    # demasiado, sin aire, sin respuesta
    r"sobre ?dosis",
    r"no (respira|esta respirando)",
    r"no (puedo|puede) respirar",
    r"no (se )?despierta",
    r"no (lo|la) (puedo|podemos|logro) despertar",
    r"labios (estan |se ponen )?(azules|morados|azulados)",
    r"inconsciente",
)
CRISIS = re.compile(rf"\b({'|'.join(f'(?:{phrase})' for phrase in DANGER)})\b")
CRISIS_WORDS = ("suicide", "suicidal", "overdose", "overdosed", "suicidio", "sobredosis")
