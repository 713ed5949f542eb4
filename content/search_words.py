"""Words that the search knows beforehand, all of them folded: signs of danger, right spellings, other names."""

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

# A line has the names of one thing, in both languages, and behind ">" the kind of thing that it is. A name that no
# article has is asked by another of its line. Two drugs never share a line: one is never shown for another.
DRUG_LINES = """
    naloxone naloxona narcan kloxxado
    buprenorphine buprenorfina suboxone subutex sublocade zubsolv brixadi
    naltrexone naltrexona vivitrol
    methadone metadona methadose dolophine
    disulfiram disulfiramo antabuse antabus
    acamprosate acamprosato campral
    diazepam valium > benzodiazepines benzodiacepinas
    alprazolam xanax > benzodiazepines benzodiacepinas
    lorazepam ativan > benzodiazepines benzodiacepinas
    clonazepam klonopin rivotril > benzodiazepines benzodiacepinas
    chlordiazepoxide clordiazepoxido librium > benzodiazepines benzodiacepinas
    temazepam restoril > benzodiazepines benzodiacepinas
    benzodiazepines benzodiazepine benzodiacepinas benzodiacepina
    zolpidem ambien
    fentanyl fentanilo > opioids opioides
    heroin heroina > opioids opioides
    morphine morfina > opioids opioides
    codeine codeina > opioids opioides
    oxycodone oxicodona oxycontin percocet > opioids opioides
    hydrocodone hidrocodona vicodin > opioids opioides
    hydromorphone hidromorfona dilaudid > opioids opioides
    oxymorphone oximorfona > opioids opioides
    tramadol ultram > opioids opioides
    opioids opioid opioides opioide
    cocaine cocaina > stimulants estimulantes drugs drogas
    amphetamine amphetamines anfetamina anfetaminas adderall > stimulants estimulantes drugs drogas
    methamphetamine metanfetamina > stimulants estimulantes drugs drogas
    methylphenidate metilfenidato ritalin > stimulants estimulantes drugs drogas
    ketamine ketamina > drugs drogas
    cannabis marijuana marihuana > drugs drogas
    gabapentin gabapentina neurontin
    pregabalin pregabalina lyrica
    clonidine clonidina
    lofexidine lofexidina lucemyra
    topiramate topiramato topamax
    bupropion wellbutrin
    nicotine nicotina
    kratom
"""
OTHER_LINES = """
    al-anon alanon
    treatment tratamiento
    rehab rehabs rehabilitation rehabilitacion > treatment tratamiento
    benzos benzo > benzodiazepines benzodiacepinas
    meth > methamphetamine metanfetamina stimulants estimulantes
    crack coke > cocaine cocaina stimulants estimulantes
    weed > cannabis marijuana
    booze > alcohol
    alcoholism alcoholismo > alcohol
    alcoholic alcoholico alcoholica alcoholics alcoholicos > alcohol
    addiction addictions adiccion adicciones addict addicts adicto adicta adictos adictas > drugs drogas
    relapse recaida recaidas relapses
    withdrawal abstinencia
    prayer prayers oracion oraciones
    parents parent padres > family families familia familiares
    detox detoxification desintoxicacion
"""
# The names of the number of each of the 12 steps, and behind ">" those that stand before the word "step".
NUMBERS = """
    1 one uno > first 1st primero primer
    2 two dos > second 2nd segundo
    3 three tres > third 3rd tercero tercer
    4 four cuatro > fourth 4th cuarto
    5 five cinco > fifth 5th quinto
    6 six seis > sixth 6th sexto
    7 seven siete > seventh 7th septimo
    8 eight ocho > eighth 8th octavo
    9 nine nueve > ninth 9th noveno
    10 ten diez > tenth 10th decimo
    11 eleven once > eleventh 11th undecimo
    12 twelve doce > twelfth 12th duodecimo
"""
# Right words that no article need have.
RIGHT = """
    spice ecstasy inhalants inhalantes steroids opium opio alcohol tobacco tabaco
    mother father brother sister daughter husband wife partner spouse child children friend grandparents
    madre padre hermano hermana hijo hija esposo esposa pareja amigo abuelos
    sober sobriety sobrio sobriedad craving cravings trigger triggers outpatient inpatient halfway
    ansia ansias ganas crisis sponsor padrino madrina meeting meetings reunion reuniones
    insurance medicaid medicare seguro prison pregnant pregnancy embarazo embarazada
    anxiety ansiedad depression depresion trauma bipolar shame guilt verguenza culpa
    spirit spiritual espiritu espiritual higher amends serenity serenidad inventory inventario
"""


def split(lines: str) -> list[tuple[list[str], list[str]]]:
    """For each line the words before ">" and those behind it."""
    parts = [line.partition(">") for line in lines.strip().splitlines()]
    return [(before.split(), behind.split()) for before, _, behind in parts]


def other_names(lines: str) -> dict[str, list[str]]:
    """For each name of a line the others, then what stands behind ">"."""
    return {
        name: [other for other in [*same, *kinds] if other != name] for same, kinds in split(lines) for name in same
    }


DRUGS = frozenset(other_names(DRUG_LINES))
OTHER_NAMES = other_names(DRUG_LINES) | other_names(OTHER_LINES)
WHOLE = frozenset({"meth", "coke", "crack", "weed"})  # "meth" is not the beginning of methadone
STEPS = frozenset({"step", "steps", "paso", "pasos"})
NUMBER_NAMES = [(*cardinals, *ordinals) for cardinals, ordinals in split(NUMBERS)]
NUMBER_OF = {name: number for number, names in enumerate(NUMBER_NAMES, start=1) for name in names}
ORDINALS = frozenset(name for _, ordinals in split(NUMBERS) for name in ordinals)
KNOWN = frozenset({*OTHER_NAMES, *NUMBER_OF, *RIGHT.split()})
