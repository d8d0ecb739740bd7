"""People at their work: who supplies, manages, teaches, plays.  They are contacts.

The address beside a name is an office, the reference is a post's, the money is a fee or a salary
that goes with the post.
"""

import pytest

from tests.counting._ordinary import Ordinary
from tests.counting._sent import disclosed

WORK = (
    Ordinary("suppliers", filename="suppliers.xlsx", table="""
Company|Contact|Address|Phone|E-mail
Buildright Ltd|Gareth Tregear|4 Faraday Mill, Plymouth PL4 0ST|01632 960717|gt@buildright.example
Tamar Scaffolding Ltd|Abena Owusu|12 Estover Road, Plymouth PL6 7PY|01632 960718|sales@tamar.example
Drake Signs|Tariq Javed|9 Burrington Way, Plymouth PL5 3LX|01632 960719|tj@drakesigns.example
Moor Plant Hire|Nia Pritchard|Yard, Langage Park, Plymouth PL7 5JQ|01632 960720|hire@moor.example
"""),
    Ordinary("the day rates of consultants", filename="quote.docx", table="""
Consultant|Role|Days|Day rate|Total
Gareth Tregear|Lead|4|£650|£2,600
Abena Owusu|Analyst|10|£420|£4,200
Priya Nair|Analyst|6|£420|£2,520
"""),
    Ordinary("a job advert", """\
Social Worker, Children in Care
Salary £32,072 to £38,961. Ref: CYP/2013/417. Closing date 2 August 2013.

You will work with children who have been abused or neglected. For an informal chat ring Sarah
Bradshaw, Team Manager, on 01632 960471. Interviews are on 14 August at Ballard House, West Hoe
Road, Plymouth PL1 3BJ. A DBS check is required.
"""),
    Ordinary("vacancies", filename="vacancies.xlsx", table="""
Job ref|Title|Salary|Manager|Closing
CYP/2013/417|Social Worker|£32,072|Sarah Bradshaw|02/08/2013
CYP/2013/418|Family Support Worker|£21,519|Tunde Adebayo|02/08/2013
ASC/2013/101|Reviewing Officer|£26,539|Ann Bee|09/08/2013
ASC/2013/102|Occupational Therapist|£31,160|Mei-Ling Leung|09/08/2013
"""),
    Ordinary("clinics of a hospital", """\
Clinics at the Cumberland Centre from 2 September

Diabetes          Dr P Nair            Mondays 9.00-12.30
Sexual health     Sr Joan Cartwright   Tuesdays 14.00-17.00
Depression group  Kavya Solanki        Wednesdays 18.00
HIV clinic        Dr T Brady           Thursdays 9.30
Stroke review     Miss S Qureshi       Fridays 10.00

Ring 01632 960300 to book.
"""),
    Ordinary("clinics, as a workbook", filename="clinics.xlsx", table="""
Clinic|Consultant|Day|Room|Phone
Diabetes|Dr P Nair|Monday|4|01632 960301
Sexual health|Sr Joan Cartwright|Tuesday|2|01632 960302
Depression group|Kavya Solanki|Wednesday|Hall|01632 960303
HIV clinic|Dr T Brady|Thursday|4|01632 960304
Stroke review|Miss S Qureshi|Friday|1|01632 960305
"""),
    Ordinary("an agenda", """\
CABINET  6 August 2013, 2 pm, Warspite Room

1. Apologies
2. Declarations of interest
3. Adoption of the corporate plan (Cllr Birch; report CAB/2013/417)
4. Adult social care: eligibility (Cllr Mrs Tudor; Carole Bowen, Director) - Part II, not for
publication 5. Drug and alcohol services contract (Kevin Mensah) 6. Debt write-off over £10,000
(Cllr Lowry) 7. Asylum dispersal: response to the Home Office (Cllr Penberthy)
"""),
    Ordinary("a football team", filename="teams.csv", table="""
No|Name|Position|Goals|Booked
1|Luke McCormick|GK|0|1
2|Durrell Berry|DF|0|4
4|Conor Hourihane|MF|5|6
9|Reuben Reid|FW|18|2
11|Jason Banton|MF|3|1
"""),
    Ordinary("results of a race", filename="results.html", table="""
Pos|No|Name|Club|Cat|Time
1|417|Eoin Mulcahy|Plymouth Harriers|M|31:04
2|18|Kofi Mensah|Tamar Trotters|M40|31:59
3|204|Ffion Beynon|City of Plymouth AC|F|33:12
4|99|Piotr Mazur||M50|34:40
"""),
    Ordinary("an answer to a request for information", """\
Dear Ms Farah,

Freedom of Information request FOI/2013/00417

Thank you for your request of 3 July about suicide prevention and self-harm. We hold the figures
by year: 2010: 18, 2011: 22, 2012: 19. Names, addresses and dates of birth are exempt under
section 40(2). The officer responsible is Dr Adrian Dawson, Director of Public Health. You may
ask for a review by writing to the Information Governance Manager, Ballard House, Plymouth PL1
3BJ, or complain to the ICO, Wycliffe House, Water Lane, Wilmslow SK9 5AF.

Yours sincerely
Ann Bee
""", to=("Amina Farah <amina.farah@firm.example>",)),
    Ordinary("care homes", filename="care homes.xlsx", table="""
Home|Manager|Address|Beds|CQC|Weekly fee
Astor Court|Shanice Campbell|12 Alma Road, Plymouth PL3 4HB|32|1-101417|£612
Drake Lodge|Declan Brady|4 Mannamead Road, Plymouth PL4 7AA|18|1-101418|£588
Elizabeth House|Sunita Desai|90 Tavistock Road, Plymouth PL6 5AB|44|1-101419|£641
St Jude's|Sr Mary Gallagher|2 Beaumont Street, Plymouth PL4 9AA|27|1-101420|£602
"""),
    Ordinary("surgeries", """\
Practices that take part in the dementia scheme:

Mannamead Surgery, Dr L Zhang, 22 Eggbuckland Road, Plymouth PL3 5HE, 01632 960401
Stoke Surgery, Dr K Lewandowska, Belmont Villas, Plymouth PL3 4DP, 01632 960402
Budshead Medical Practice, Dr T Brady, 433 Budshead Road, Plymouth PL5 4DU, 01632 960403
Peverell Park, Dr S Iyer, 162 Outland Road, Plymouth PL2 3PX, 01632 960404
"""),
    Ordinary("courses", filename="training.xlsx", table="""
Course|Trainer|Date|Places|Cost
Safeguarding adults|Beata Jankowska|12/09/2013|20|£45
Mental capacity|Dr A Fitzpatrick|19/09/2013|20|£60
Domestic abuse|Karen Birch|26/09/2013|16|£45
Autism awareness|Rhodri Bowen|03/10/2013|24|free
"""),
    Ordinary("a rule about expenses", """\
Claims over £50 need the signature of Helen Quayle (Income) or Marcus Tindall (Transport).
Mileage is 45p. Please give your payroll number, not your NI number. Travel sickness is not a
reason for a taxi.
"""),
    Ordinary("a leaflet with diseases named after people", """\
Alzheimer's, Parkinson's and Crohn's: three groups in your city

Dr Alois Alzheimer described the disease in 1906, James Parkinson his in 1817. Our groups meet in
St Jude's Church Hall, 2 Beaumont Street, Plymouth PL4 9AA. Ask for Joan Bowen, 01632 960644.
Carers of people with bipolar disorder or schizophrenia are welcome on the first Monday.
"""),
    Ordinary("the cast of a play", """\
Cast: Hamlet - Tom Walsh; Ophelia - Grace Eze; Gertrude - Eirlys Prosser; Polonius - Desmond Grant.
Directed by Layla Haddad. Box office 01632 960850. Tickets £12, concessions £8. Warning: the play
deals with suicide and murder.
"""),
    Ordinary("a notice of an award", """\
Contract award notice 2013/S 417-204170
Supplier: Mitchell & Webb Care Ltd, 4 Station Road, Plymouth PL1 2AB. Value: £1,204,170 over 3
years. Contact: Gareth Tregear, telephone 01632 960717. Appeal body: High Court, Strand, London
WC2A 2LL. Company number 09434765. VAT GB 943 4759 19. DUNS 21-041-7041.
"""),
    Ordinary("a newsletter of a school", """\
Well done to Grace (4B), Tunde (5A) and Siân (6C) for their swimming medals! Mrs Begum's class
visited the aquarium. We say goodbye to Miss Kaur, who is moving to Leeds. Nits: please check
your child's hair. The nurse is in on Thursday. Dinner money is £2.60; arrears can be paid at
the office.
"""),
)  # fmt: skip


@pytest.mark.parametrize("mail", WORK, ids=str)
def test_nobody_private_is_in(mail: Ordinary) -> None:
    assert [] == [(p.name, p.kinds) for p in disclosed(mail.read())]
