"""Words that the search knows beforehand, all of them folded: signs of danger, right spellings, other names."""

import re

CANNOT = (
    r"(can ?t|can ?not|(could|would|wo|do|does|did) ?n ?t|(could|would|will|do|does|did) not"
    r"|(unable|not able|struggl\w*|fight\w*|hard|difficult) to)"
)
IS_NOT = r"(not|(is|are|was) ?n ?t|barely|hardly|stopped|quit)"
WANT_NOT = r"((do|does|did) ?n ?t|not|no longer|never) (want to|wants to|wanted to|wanna)"
MEANS_TO = (
    r"(wan(t|ts|ted|ting) to|wanna|going to|gonna|about to|threat\w+ to|tr(y|ies|ied|ying) to|urges? to|might|will|ll)"
)
ONESELF = r"(my ?self|me|your ?self|him ?self|her ?self|them ?sel\w+)"
KIN = (
    r"(moms?|mother|dad|father|parents?|husband|wife|partner|boyfriend|girlfriend|ex|sons?|daughters?|kids?"
    r"|child(ren)?|baby|brothers?|sisters?|friends?|family)"
)
SOMEBODY_ELSE = rf"(him|her|them|us|you|(some|any|every) ?(one|body)|others|people|(my|his|her|our) {KIN})"
A_LIFE = r"(my|his|her|their)( own)? life"
HEIGHT = r"(bridge|building|roof\w*|balcony|window|cliff|ledge|overpass|train|tracks|traffic|car|bus|truck)"
# What is taken in too great a number. Drinks are not here: "I drink too much" is what many come to read about.
DRUG = (
    r"(pills?|tablets?|meds|medicines?|medications?|drugs|opioids?|heroin|fent\w*|dope|morphine|methadone|oxy\w*"
    r"|perc(s|ocets?)?|vicodins?|coke|cocaine|crack|meth\w*|xan(s|ax)|benzos?|valium|ambien|tylenol|acetaminophen)"
)
POISONOUS = (
    r"(bleach|antifreeze|cleaner|detergent|disinfectant|sanitizer|mouthwash|rubbing alcohol|methanol|gas(oline)?"
    r"|pesticides?|batter(y|ies))"
)
BLUE = r"(blue|purple|gr[ae]y)"
ALTURA = r"(puente|edificio|azotea|balcon|ventana|techo|tren|metro|vias)"
QUERER = r"(quiero|quiere|quieres|quieren|queria|quisiera)"
VA_A = rf"({QUERER}|voy a|va a|vas a|van a)"
DROGA = (
    r"(pastillas?|pildoras?|tabletas?|medicinas?|medicamentos?|drogas?|opioides?|heroina|fentanilo|morfina|metadona"
    r"|cocaina|cristal|metanfetamina|paracetamol)"
)
# What is broken and no person: "violación de la libertad condicional" is about parole.
DE_NORMAS = (
    r"(ley|leyes|reglas?|normas?|hipaa|contrato|derechos|privacidad|confidencialidad|datos"
    r"|libertad|probatoria|transito)"
)
VENENOSO = r"(cloro|lejia|anticongelante|detergente|desinfectante|raticida|insecticida|gasolina)"

# Phrases of the words of a query with one blank between two: "don't" is "don t". Who is not in danger and reads the
# ladder loses a moment; who is and does not may lose a life. So these ring rather once too often.
DANGER = (
    # to kill or to hurt oneself
    r"suicid\w*",
    r"self ?harm\w*",
    r"kms",
    r"unaliv\w+",
    rf"(kill|hurt|harm|hang|cut|shoot|drown|stab)(s|ing|ting|ed)? {ONESELF}",
    rf"(hung|shot) {ONESELF}",
    r"(slit|cut)(s|ting)? (my|his|her|their) (wrists?|arms?|throat)",
    rf"jump(s|ed|ing)? (off|from|out|under|in front)( \w+){{0,3}} {HEIGHT}",
    r"(want|wants|wanted|wanna|going|ready|wish i could|wish to) (to )?die",
    r"(want|wants|wanted) to be dead",
    r"wish i (was|were|was ?n ?t|were ?n ?t) (dead|gone|alive|here|born|never born)",
    r"(should be|feel like|deserve to) (dead|dying|die)",
    r"(want to|wanna) (disappear|end things|sleep forever)",
    r"(want|wants|wanted) (it|it all|everything) to (stop|end|be over)",
    r"never wake up",
    r"(i m|i am|he is|he s|she is|she s) dying(?! to)",
    rf"{WANT_NOT} (live|be alive|be here|exist|wake up)",
    r"(end|ending|ends|take|taking) it all",
    rf"(end|ending|ended|take|taking|takes|took|taken) {A_LIFE}(?! back)",
    # no will to go on
    r"hope?less(ness)?",
    r"(no|without|(lose|losing|lost)|(give|giving|gave|given) up)( all| any| my)? hope",
    r"(better off (dead|without me|if i)|no ?(one|body) (would|will) miss me)",
    r"worth living",
    r"(no reason|no point|nothing)( left)? (to|in|for|of) (live|living|go on|going on)",
    r"nothing( left)? to live for",
    r"(tired|sick|done) (of|with) (life|living|my life|being alive)",
    r"giv(e|en|ing) up on life",
    r"(can ?t|can ?not|could ?n ?t|no longer) (go on|keep going|carry on)",
    r"(can ?t|can ?not) (take|do|stand) (it|this)( any ?more| any longer| no more)",
    r"(can ?t|can ?not) live (like this|this way|any ?more|any longer)",
    # to kill or to hurt somebody
    rf"{MEANS_TO} (kill|hurt|harm|stab|shoot|strangle|attack|murder) ({SOMEBODY_ELSE}|me)",
    r"(homicid\w*|thoughts of (hurting|harming))",
    rf"(kill|stab|strangl|murder)(e|s|es|ing|ed|bing|bed)? {SOMEBODY_ELSE}",
    r"(chok|strangl|stab|attack)(e|s|es|ed|ing|bing|bed)? (me|us)",
    rf"(hit|beat)(s|ting|ing)? (me|him|her|us|my {KIN})",
    r"((hand|shot)?guns?|pistols?)",
    r"(has|have|got|with) (a )?(knife|weapon)",
    r"(rap(e|es|ed|ing|ists?)|sexual(ly)? assault(s|ed)?)",
    # too much, or what nobody should take
    r"overdos\w*",
    r"over dos(e|es|ed|ing)",
    r"od( ?ed| d| ?ing)",
    r"od on",
    r"^od$",
    r"(took|taken|swallowed|injected|snorted|shot up)( \w+)? too (many|much)(?! time)",
    rf"too (many|much)( \w+)? {DRUG}",
    rf"(took|taken|swallowed|ate) all( of)?( \w+){{0,3}} {DRUG}",
    rf"(took|taken|swallowed|ate) \d\d+( \w+)? {DRUG}",
    rf"(took|taken|swallowed|ate) (a lot|lots|a bunch) of( \w+)? {DRUG}",
    rf"((took|taken|swallowed|ate) (a|the) (whole|entire|full)? ?(bottle|box|handful)|bottle of( \w+)? {DRUG})",
    rf"swallowed( \w+)? {DRUG}",
    r"(poison\w*|carbon monoxide)",
    rf"(swallow\w*|drank|drunk|drink\w*|ate|eat\w*|inject\w*)( \w+){{0,3}} {POISONOUS}",
    # no breath, no answer
    rf"{IS_NOT} breath(e|ing)",
    rf"{CANNOT} breathe?",
    rf"{CANNOT} (catch|get) (my|his|her|their) breath",
    r"(trouble|difficulty|problems?) (with )?breathing",
    r"short(ness)? of breath",
    r"(slow|slowed|shallow|irregular) breath(s|ing)?",
    r"breathing( \w+){0,2} (slow|slowly|shallow|slowed|stops|stopped|funny|weird)",
    r"(gasp|gurgl|chok)(ed|es|ing)",
    rf"{CANNOT} (be |get \w+ (to )?)?(wake|wakes|woken|awake|awakened|rouse|roused)",
    rf"{CANNOT} (wake|get|shake) ((my|the|our) )?\w+ (up|awake)",
    rf"{CANNOT} stay awake",
    rf"{IS_NOT} waking( up)?",
    rf"({CANNOT}|{IS_NOT}) (respond|react)(s|ing)?",
    rf"({CANNOT}|{IS_NOT}) mov(e|es|ing)(?! (on|out|in|forward))",
    r"(no|without an?y?|weak|find an?y?|find (his|her)|feel an?y?|feel (his|her)) (pulse|heart ?beat)",
    r"heart (has |is )?(stopped|stopping)",
    r"blue (lips?|face|skin|fingers?|nails|fingernails)",
    rf"(lips?|face|skin|fingers?|nails|fingernails)( \w+){{0,2}} {BLUE}",
    rf"(turn(s|ed|ing)?|going|goes|went|gone|(he|she)( is| s| looks)?) {BLUE}",
    r"(unresponsive|unconscious)",
    r"(pass|passed|passes|passing) out",
    r"(collapsed|(is|s|went|going) limp|eyes( \w+)? roll(ed|ing))",
    # the body in danger
    r"(seizures?|seizing|convuls\w*)",
    r"(having|had|has) (a )?fits?",
    r"foam(s|ing)? (at|from)",
    r"chest (pains?|pressure|hurts?|is tight|tightness)",
    r"pain in (my|his|her|the) chest",
    r"(heart attack|cardiac arrest|stroke)",
    r"(vomit|throw|threw|cough|spit|puk)(s|ed|ing|ting|e|es)? (up )?blood",
    r"bleed(s|ing)? (out|to death|badly|heavily|a lot)",
    rf"{CANNOT} stop (the )?bleeding",
    r"(hallucinat\w*|delirium|dts)",
    r"(ambulance|emergency)",
    r"911",
    r"988",
    # matarse, hacerse dano
    r"autolesion\w*",
    rf"{QUERER} (morir\w*|matarme|matarse)",
    rf"(me|se|te) {VA_A} (morir|matar|ahorcar)",
    r"(matar|ahorcar|ahogar|cortar|envenenar|lastimar|herir)(me|se)",
    r"quit(ar|arme|arse|o|e) la vida",
    r"((hacer(me|se)|me hago|se hace) dano|me corto|se corta)",
    rf"(saltar|(tirar|lanzar|aventar|arrojar)(me|se)?)( \w+){{0,3}} {ALTURA}",
    rf"(no|ya no) {QUERER} (seguir )?(vivir|viviendo|estar viv[oa]|estar aqui|despertar)",
    r"estar muert[oa]",
    rf"({QUERER} desaparecer|ojala (me|se) (muera|muriera))",
    r"(acabar|terminar) con (mi vida|su vida|tu vida|todo)",
    r"(esta|estoy) muriendo(me|se)?|(me|se) (esta|estoy) muriendo",
    # sin ganas de seguir
    r"(desesperanza(d[oa])?|(sin|no( me)? (hay|tengo|tiene|queda)|perd\w+)( \w+){0,2} esperanzas?)",
    r"ganas de (vivir|seguir viviendo|morir\w*)",
    r"no (puedo|aguanto|soporto|doy) (mas|seguir)",
    r"ya no (aguanto|soporto|puedo$)",
    rf"ya no {QUERER} seguir(?! \w+ndo)",
    r"(cansad|hart)[oa] de (vivir|la vida|mi vida|todo)",
    r"(no vale la pena vivir|la vida no (vale|tiene))",
    r"(razon|razones|motivos?|sentido) (para|de) vivir",
    r"mejor (muert[oa]|sin mi)",
    # matar o hacer dano a otros
    rf"(lo|la|los|las|me|nos|te|le|les) {VA_A} (matar|hacer dano|lastimar|golpear)",
    rf"{VA_A} (matar(lo|la|los|las|nos)|hacer(lo|la|le|les) dano|(hacer(le)? dano|matar|lastimar|herir|golpear) a)",
    r"me (pega|pego|golpea|golpeo|esta pegando|esta golpeando)",
    r"(pistolas?|escopetas?)",
    r"(tiene|tengo|trae|con) (un |una )?(arma|cuchillo|navaja)",
    r"(me|te|lo|la|nos|los|las) viol(a|o|an|aron|ado|ar)",
    r"(violad(a|as|or|ores)|(fui|fue|sido|ser) violad[oa]s?|agresion sexual)",
    rf"violacion(es)?(?! del?( \w+)? {DE_NORMAS})",
    # demasiado, veneno, sin aire, sin respuesta
    r"sobre ?dosis",
    rf"(demasiad|much)[oa]s?( \w+)? {DROGA}",
    rf"(tom|trag|ingir)\w* tod[oa]s? (las|los|mis|sus|tus)( \w+)? {DROGA}",
    r"(tom|trag|ingir|inyect)\w* demasiadas(?! (copas|cervezas|veces|bebidas))",
    r"inyect\w* (demasiad|much)[oa]s?",
    r"(tom|trag)\w* (tod[oa] )?(el|la|un|una) (frasco|bote|caja)",
    rf"(frasco|bote|caja|punado) (enter[oa]|de( \w+)? {DROGA})",
    r"(envenen\w*|veneno|intoxica(cion|do|da|dos|das|rse))",
    rf"(tom|beb|trag|ingir)\w*( \w+){{0,2}} {VENENOSO}",
    r"no (respira|esta respirando)",
    r"no (puedo|puede) respirar",
    r"(cuesta|costando|dificultad para|dificultad al|sin|deja de|dejo de) respirar",
    r"respira(cion)?( \w+)? (lent[oa]|lentamente|despacio|poco|mal|raro)",
    r"falta (el|de) aire",
    r"(se|me) (ahog(a|o)|esta ahogando|estoy ahogando)",
    r"no( \w+){0,3} (despierta|despiertan|despertar|despertarl[oa])",
    r"no (me |nos )?(reacciona|responde)n?",
    r"no se mueve",
    r"(sin|no tiene|no le \w+( el)?) pulso",
    r"(labios|cara|piel|dedos|unas)( \w+){0,3} (azul|azules|azulad[oa]s?|morad[oa]s?)",
    r"(pone|puso|poniendo|esta) (azul|morad[oa])",
    r"inconscientes?",
    r"(perdio|perdido) el (conocimiento|sentido)",
    r"(desmay(o|ado|ada|ando)|en coma|coma etilico)",
    # el cuerpo en peligro
    r"(dolor(es)? (de|en el) pecho|(duele|oprime) el pecho)",
    r"(infarto|ataque (al corazon|cardiaco|epileptico)|derrame cerebral)",
    r"(dio|da|dando|tiene|teniendo) un ataque",
    r"espuma (por|en) la boca",
    r"(vomit|tos|escup)\w* sangre",
    r"(no (para|deja) de sangrar|desangr\w*)",
    r"alucina\w*",
    r"(ambulancia|emergencia)s?",
)
CRISIS = re.compile(rf"\b({'|'.join(f'(?:{phrase})' for phrase in DANGER)})\b")
# One letter amiss in these is still danger.
CRISIS_WORDS = (
    "suicide", "suicidal", "overdose", "overdosed", "poisoned", "poisoning", "seizure", "seizures", "unconscious",
    "unresponsive", "suicidio", "sobredosis", "convulsion", "convulsiones", "envenenado", "inconsciente",
)  # fmt: skip

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
    alcohol
"""
OTHER_LINES = """
    al-anon alanon
    treatment tratamiento
    rehab rehabs rehabilitation rehabilitacion > treatment tratamiento
    benzos benzo > benzodiazepines benzodiacepinas
    meth > methamphetamine metanfetamina stimulants estimulantes
    crack coke > cocaine cocaina stimulants estimulantes
    weed > cannabis marijuana
    percs perc > percocet oxycodone oxicodona opioids opioides
    oxys > oxycontin oxycodone oxicodona opioids opioides
    subs > suboxone buprenorphine buprenorfina
    xans > xanax alprazolam benzodiazepines benzodiacepinas
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
    1 one uno > first 1st primero primer 1o
    2 two dos > second 2nd segundo 2o
    3 three tres > third 3rd tercero tercer 3o
    4 four cuatro > fourth 4th cuarto 4o
    5 five cinco > fifth 5th quinto 5o
    6 six seis > sixth 6th sexto 6o
    7 seven siete > seventh 7th septimo 7o
    8 eight ocho > eighth 8th octavo 8o
    9 nine nueve > ninth 9th noveno 9o
    10 ten diez > tenth 10th decimo 10o
    11 eleven once > eleventh 11th undecimo 11o
    12 twelve doce > twelfth 12th duodecimo 12o
"""
# Right words that no article need have.
RIGHT = """
    poison poisoned poisoning swallow swallowed swallowing bleach wake waking shoot shooting taper tapered tapering
    spice ecstasy inhalants inhalantes steroids opium opio tobacco tabaco
    mother father brother sister daughter husband wife partner spouse child children friend grandparents
    madre padre hermano hermana hijo hija esposo esposa pareja amigo abuelos
    sober sobriety sobrio sobriedad craving cravings trigger triggers outpatient inpatient halfway
    ansia ansias ganas crisis sponsor padrino madrina meeting meetings reunion reuniones
    insurance medicaid medicare seguro prison pregnant pregnancy embarazo embarazada
    anxiety ansiedad depression depresion trauma bipolar shame guilt verguenza culpa
    asleep black weight powder apartment nurse sports bitter bread cheat clean closet fired grown horse loser lover
    mouth pride shake smell smoke snort stuck teacher water
    enfermera prima cunado correo robar traigo salgo amiga amigas casado cerveza coche cocina hombre hombres libre
    mentir necesito perro quiero siento suerte
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
STEPS = frozenset({"step", "steps", "paso", "pasos"})
NUMBER_NAMES = [(*cardinals, *ordinals) for cardinals, ordinals in split(NUMBERS)]
NUMBER_OF = {name: number for number, names in enumerate(NUMBER_NAMES, start=1) for name in names}
ORDINALS = frozenset(name for _, ordinals in split(NUMBERS) for name in ordinals)
# "12step", "docepasos", "step4"
A_NUMBER, A_STEP = "|".join(NUMBER_OF), "|".join(STEPS)
IN_ONE_WORD = re.compile(rf"\b(?:({A_NUMBER})({A_STEP})|({A_STEP})({A_NUMBER}))\b")
# What finds the same as a word: "12" is "twelve" and "doce", but "once" is 11 in Spanish alone.
SAME = {
    name: [other for other in names if other != "once"]
    for kinds in split(NUMBERS)
    for names in kinds
    for name in names
    if name != "once"
}
# "meth" is not the beginning of methadone, nor "ten" of tenant
WHOLE = frozenset({"meth", "coke", "crack", "weed", "perc", "percs", "subs", *NUMBER_OF}) - ORDINALS
KNOWN = frozenset({*OTHER_NAMES, *NUMBER_OF, *RIGHT.split()})
