"""The words of special categories (`special` says how they count).

A phrase is written in small letters; its spaces stand for any white space or a hyphen, its
apostrophes for either kind.  Where a word is mostly something else ("stroke", "adopted",
"disabled"), only the phrases in which it tells of somebody stand here.
"""

from __future__ import annotations

TELLING: dict[str, tuple[str, ...]] = {
    "health": (
        "diagnosed with", "diagnosis of", "hiv positive", "hiv status", "living with hiv",
        "hiv clinic", "sectioned under", "detained under the mental health act",
        "mental health crisis", "suicide attempt", "attempted suicide", "attempted to take his own",
        "attempted to take her own", "took an overdose", "taken an overdose", "had a miscarriage",
        "termination of pregnancy", "terminally ill", "occupational health report",
        "gender dysphoria", "alcohol dependency", "alcohol dependence", "drug dependency",
        "methadone", "self harmed", "self harming", "suicidal ideation", "suicidal thoughts",
        "signed off sick", "signed off with", "admitted to hospital", "discharged from hospital",
        "suffers from", "suffering from", "tested positive for",
    ),
    "disability": (
        "registered disabled", "registered blind", "wheelchair user", "ehcp",
        "education, health and care plan", "is autistic", "has autism", "has a learning disability",
        "has learning disabilities", "has learning difficulties", "disability living allowance",
        "personal independence payment", "has down's syndrome", "has cerebral palsy",
    ),
    "safeguarding": (
        "child protection plan", "child protection conference", "child in need plan",
        "section 47 enquiry", "s47 enquiry", "looked after child", "safeguarding referral",
        "safeguarding enquiry", "non accidental injury", "sexually abused", "interim care order",
        "adoptive parents", "birth mother", "disclosed abuse", "disclosed sexual abuse",
        "victim of domestic", "victim of child", "victim of modern slavery", "fled domestic",
        "fleeing domestic", "taken into care", "marac",
    ),
    "sexuality": (
        "came out as", "is gay", "is lesbian", "is bisexual", "is transgender", "is homosexual",
        "gender identity clinic", "same sex partner",
    ),
    "ethnicity": (
        "white british", "white irish", "black caribbean", "black african", "black british",
        "asian british", "mixed ethnicity", "gypsy or traveller", "irish traveller",
        "roma background",
    ),
    "religion": (
        "practising muslim", "practising christian", "practising catholic", "practising jew",
        "practising sikh", "practising hindu", "jehovah's witness", "converted to islam",
    ),
    "immigration": (
        "refused asylum", "granted asylum", "claimed asylum", "granted refugee status",
        "leave to remain", "no recourse to public funds", "nrpf", "visa overstayer",
        "deportation order", "was trafficked", "illegal immigrant", "section 95 support",
    ),
    "offence": (
        "convicted of", "conviction for", "released on licence", "recalled to prison",
        "on probation for", "released from prison", "sex offender", "arrested for",
        "arrested on suspicion", "charged with assault", "charged with theft", "charged with rape",
        "charged with murder", "charged with burglary", "charged with fraud",
        "charged with possession", "charged with an offence", "released on bail",
        "remanded in custody", "sentenced to", "police caution", "offence code",
        "serving a sentence", "community payback", "drink driving conviction",
    ),
    "benefits": (
        "in rent arrears", "has rent arrears", "rent arrears of", "council tax arrears of",
        "possession proceedings", "debt relief order", "universal credit claim",
        "housing benefit claim", "benefit fraud", "benefit sanction", "been sanctioned by the dwp",
        "statutorily homeless", "food bank voucher", "foodbank voucher", "bankruptcy order",
        "declared bankrupt", "individual voluntary arrangement", "notice seeking possession",
    ),
}  # fmt: skip
"""Phrases that count by themselves: they are hardly ever said but of somebody's own case."""

SUGGESTIVE: dict[str, tuple[str, ...]] = {
    "health": (
        "cancer", "tumour", "hiv", "diabetes", "diabetic", "epilepsy", "epileptic", "depression",
        "anxiety", "schizophrenia", "bipolar", "dementia", "alzheimer's", "psychosis", "psychotic",
        "asthma", "pregnant", "pregnancy", "miscarriage", "hepatitis", "multiple sclerosis",
        "parkinson's", "medication", "chemotherapy", "radiotherapy", "dialysis", "alcoholism",
        "an alcoholic", "addiction", "addicted to", "mental health", "mental illness", "ptsd",
        "counselling", "sick leave", "sickness absence", "eating disorder", "anorexia", "bulimia",
        "personality disorder", "suicidal", "self harm", "overdose", "care plan", "care needs",
        "medical history", "medical condition", "medical records", "palliative care", "fit note",
        "substance misuse", "gp records", "panic attacks", "breakdown", "a stroke", "heart attack",
        "had surgery", "having surgery", "undergoing surgery", "in hospital", "hospital admission",
        "hospital appointment", "illness", "symptoms", "antidepressants", "insulin", "std", "sti",
        "sexual health", "infertility", "ivf", "covid", "diagnosis",
    ),
    "disability": (
        "is disabled", "disabled son", "disabled daughter", "disabled child", "disabled person",
        "disability", "disabilities", "autism", "autistic", "adhd", "asperger's", "dyslexia",
        "dyslexic", "is deaf", "profoundly deaf", "is blind", "partially sighted", "wheelchair",
        "learning difficulties", "special educational needs", "sen support", "blue badge",
        "mobility problems", "attendance allowance",
    ),
    "safeguarding": (
        "abuse", "abused", "abusive", "neglected", "neglect", "foster care", "foster carer",
        "foster carers", "foster placement", "fostered", "was adopted", "adopted son",
        "adopted daughter", "adopted child", "adoption order", "adoption panel", "placement order",
        "care order", "safeguarding", "violent", "women's refuge", "in a refuge",
        "non molestation order", "injunction", "domestic abuse", "domestic violence",
        "child in need", "child protection", "sexual exploitation", "at risk of harm",
        "vulnerable adult", "deprivation of liberty", "social services", "grooming",
        "county lines", "sexual abuse", "section 47",
    ),
    "sexuality": (
        "gay", "lesbian", "bisexual", "transgender", "homosexual", "sexual orientation",
        "sexuality", "gender reassignment", "non binary",
    ),
    "ethnicity": (
        "ethnicity", "ethnic origin", "ethnic background", "roma", "gypsy", "of african descent",
        "of asian descent", "of caribbean descent",
    ),
    "religion": (
        "muslim", "a christian", "is christian", "jewish", "hindu", "sikh", "catholic",
        "religion", "religious belief", "religious beliefs", "atheist", "buddhist",
    ),
    "immigration": (
        "asylum", "refugee", "deported", "deportation", "immigration", "undocumented",
        "overstayed", "overstayer", "visa expired", "visa has expired", "visa status",
        "spouse visa", "student visa", "home office interview", "trafficked", "settled status",
    ),
    "offence": (
        "prison", "offender", "offence", "offences", "convicted", "conviction", "convictions",
        "arrested", "probation officer", "assault", "assaulted", "theft", "burglary",
        "in custody", "on bail", "on licence", "criminal record", "drug dealing",
        "electronic tag", "restraining order", "caution",
    ),
    "benefits": (
        "arrears", "eviction", "evicted", "homeless", "bankrupt", "bankruptcy", "debt", "debts",
        "universal credit", "housing benefit", "food bank", "bailiffs", "jobseeker's allowance",
        "payday loan", "payday loans", "county court judgment", "repossessed", "hardship fund",
    ),
}  # fmt: skip
"""Words that count only in a sentence about somebody in particular."""

BESIDE: dict[str, tuple[str, ...]] = {
    "health": (
        "stress", "back pain", "flu", "influenza", "migraine", "migraines", "copd", "coeliac",
        "coeliac disease", "angina", "arthritis", "eczema", "anaemia", "hypertension", "stroke",
        "heart disease", "heart failure", "heart condition", "kidney disease", "kidney failure",
        "sciatica", "fracture", "hernia", "pneumonia", "burnout", "anxious", "heroin", "cocaine",
        "cannabis", "methadone", "amphetamines", "opiates", "alcohol", "drugs", "drug misuse",
        "alcohol misuse", "incontinent", "nut allergy", "peanut allergy", "lupus", "leukaemia",
        "cystic fibrosis", "sickle cell", "mnd", "motor neurone disease", "uti",
        "gastroenteritis", "bulimic", "anorexic", "schizophrenic", "psychiatric",
    ),
    "disability": ("deaf", "blind", "disabled", "amputee", "cerebral palsy", "down's syndrome"),
}  # fmt: skip
"""Words that tell of somebody only where they are all that stands beside the name."""

ELSEWHERE: tuple[str, ...] = (
    "debt of gratitude", "technical debt", "national debt", "bad debt provision", "owe a debt of",
    "pregnant pause", "with conviction", "strong conviction", "no offence", "take offence",
    "took offence", "abuse of the system", "abuse of process", "caution is", "with caution",
    "proceed with caution", "exercise caution", "system breakdown", "cost breakdown",
    "breakdown of costs", "breakdown of the", "price breakdown", "a breakdown of",
    "a stroke of luck", "a stroke of genius", "a stroke of the pen", "asylum street",
    "disability confident", "mental health awareness", "mental health first aid",
    "mental health first aider", "mental health champion", "safeguarding training",
    "safeguarding lead", "safeguarding policy", "safeguarding board", "safeguarding officer",
    "safeguarding team", "cancer research", "macmillan cancer support", "diabetes uk",
    "debts ledger", "counselling service", "benefits of", "prison service", "roma tomatoes",
    "as roma", "illness policy", "sickness absence policy", "identity theft training",
    "immigration department", "immigration lawyer", "probation period", "caution tape",
    "covid guidance", "covid restrictions", "symptoms of the problem", "neglect to",
    "disability policy", "care plan template", "grooming parlour", "dog grooming",
)  # fmt: skip
"""Phrases with such a word that tell nothing about anybody."""
