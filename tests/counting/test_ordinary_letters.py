"""What colleagues, suppliers and customers write to one another."""

import pytest

from tests.counting._ordinary import Ordinary
from tests.counting._sent import disclosed

CUSTOMER = ("Gareth Tregear <gareth.tregear@buildright.example>",)

ROTAS = (
    Ordinary(
        "of carers on shift",
        filename="rota wk30.xlsx",
        table="""
Name|Mon 22|Tue 23|Wed 24|Thu 25|Fri 26|Sat 27|Sun 28
Shanice Campbell|E|E|L|off|off|E|E
Katarzyna Nowak|L|L|off|E|E|off|off
Tunde Adeyemi|N|N|N|off|off|off|N
Margaret Birch|off|E|E|L|L|off|off
Imran Hussain|A/L|A/L|A/L|A/L|A/L|off|off
""",
    ),
    Ordinary(
        "of doctors on call",
        filename="on call.docx",
        table="""
Date|Registrar|Consultant|Bleep
22/07/2013|Dr P Nair|Mr A Fitzpatrick|417
23/07/2013|Dr Y Adebayo|Miss S Qureshi|417
24/07/2013|Dr L Zhang|Mr A Fitzpatrick|417
25/07/2013|Dr P Nair|Dr K Lewandowska|418
26/07/2013|Dr T Brady|Dr K Lewandowska|418
""",
    ),
    Ordinary(
        "of stewards, in the text",
        """\
Hello all,

the stewards for Saturday:

09:00-12:00  Brenda Marsh, Kofi Mensah, Declan Brady
12:00-15:00  Nia Pritchard, Omar Haddad, Sunita Desai
15:00-18:00  Clive Bailey, Joanna Mazur, Trevor Sykes

Tabards are in the shed. Ring me on 07700 900417 if anything is wrong.

Ann
""",
    ),
    Ordinary(
        "of desks",
        filename="duty.csv",
        table="""
Week|Reception|Phones|Post
22 July|Helen Quayle|Raj Bhandari|Dilys Maddock
29 July|Raj Bhandari|Dilys Maddock|Helen Quayle
5 August|Dilys Maddock|Helen Quayle|Raj Bhandari
12 August|Helen Quayle|Raj Bhandari|Dilys Maddock
""",
    ),
    Ordinary(
        "of staff with their numbers",
        filename="contacts.xlsx",
        table="""
Name|Job|Extension|Mobile|E-mail
Helen Quayle|Income Officer|4417|07700 900101|helen.quayle@council.example
Raj Bhandari|Network Coordinator|4418|07700 900102|raj.bhandari@council.example
Dilys Maddock|Press Officer|4455|07700 900103|dilys.maddock@council.example
Marcus Tindall|Transport Policy|4460|07700 900104|marcus.tindall@council.example
Sarah Bradshaw|Social Worker|4471|07700 900105|sarah.bradshaw@council.example
""",
    ),
    Ordinary(
        "of volunteers who drive",
        filename="drivers.html",
        table="""
Day|Driver|Vehicle|Route
Monday|Desmond Grant|Minibus 1|Lunch club, Ham
Tuesday|Yvonne Beckford|Minibus 2|Lunch club, Stoke
Wednesday|Desmond Grant|Minibus 1|Swimming
Thursday|Eoin Mulcahy|Minibus 2|Dementia café
Friday|Yvonne Beckford|Minibus 1|Shopping, Derriford
""",
    ),
)

_QUOTED = "\n".join(
    f"""
{'>' * depth} From: {who} <{who.lower().replace(' ', '.')}@buildright.example>
{'>' * depth} Sent: {date} July 2013 0{depth}:17
{'>' * depth} To: Bee, Ann
{'>' * depth} Cc: Lisa Penhaligon; Raj Bhandari; Owusu, Abena
{'>' * depth} Subject: RE: Scaffold
{'>' * depth}
{'>' * depth} Thanks Ann. {line}
{'>' * depth}
{'>' * depth} {who}
{'>' * depth} Contracts Manager | T: 01632 96071{depth} | M: 07700 90025{depth}"""
    for depth, (who, date, line) in enumerate(
        [
            ("Gareth Tregear", 18, "The café on the corner does not mind either."),
            ("Abena Owusu", 17, "I have asked Gareth, who is on leave till Friday."),
            ("Gareth Tregear", 16, "Could we keep it a week longer?"),
            ("Lisa Penhaligon", 12, "The licence number is LIC/2013/00812."),
            ("Gareth Tregear", 11, "Who signs the licence at your end?"),
            ("Abena Owusu", 9, "We start on the 15th, at 30 Armada Way."),
        ],
        1,
    )
)  # fmt: skip

THREADS = (
    Ordinary("six replies deep", f"Gareth,\n\nthat is fine.\n\nAnn\n{_QUOTED}\n", to=CUSTOMER),
    Ordinary(
        "as Outlook writes it",
        """\
Fine by me.

Ann

From: Gareth Tregear [mailto:gareth.tregear@buildright.example]
Sent: 18 July 2013 16:20
To: Bee, Ann
Cc: 'Lisa Penhaligon'; Raj Bhandari
Subject: RE: Armada Way

Hi Ann

Lisa has the keys. She is in until five, 07700 900312.

Gareth Tregear
Buildright Contractors Ltd, Unit 4, Faraday Mill, Plymouth PL4 0ST
T: 01632 960717   M: 07700 900258   VAT 943 4759 19

From: Bee, Ann
Sent: 18 July 2013 15:02
To: Gareth Tregear
Subject: Armada Way

Hi Gareth, who has the keys?
Ann
""",
        to=CUSTOMER,
    ),
    Ordinary(
        "as Gmail writes it",
        """\
See you then.

On Thu, Jul 18, 2013 at 4:20 PM, Wendy Trenoweth <wendy@cyclecampaign.example> wrote:

> Dear Ann,
>
> Piotr and I will both come. He cycles from Saltash.
>
> Wendy
>
> On Wed, Jul 17, 2013 at 9:11 AM, Ann Bee <ann.bee@council.example> wrote:
>
>> Dear Wendy, would Monday suit you? Mr Tindall can make 10 am.
>>
>> Ann Bee
>> 01632 960417
""",
        to=("Wendy Trenoweth <wendy@cyclecampaign.example>",),
    ),
    Ordinary(
        "forwarded, with everybody in Cc",
        """\
FYI

---------- Forwarded message ----------
From: Sinéad Kavanagh <sinead.kavanagh@charity.example>
Date: 17 July 2013 10:31
Subject: Volunteers' evening
To: Ann Bee <ann.bee@council.example>, Tariq Javed <tariq@firm.example>, Mei-Ling Leung
 <mei-ling.leung@nhs.example>
Cc: Bogdan Radu <bogdan.radu@firm.example>, Errol Pinnock <errol@charity.example>

Dear all,

the evening is on 2 August at 7 pm in the Guildhall. Tariq brings the projector.

Sinéad
""",
    ),
    Ordinary(
        "a meeting moved three times",
        """\
Hi all, third time lucky: Tuesday at ten.
Ann

-----Original Appointment-----
From: Bee, Ann
Sent: 16 July 2013 09:00
To: Bee, Ann; Gareth Tregear; Chatterjee, Anjali; 'rhodri.bowen@nhs.example'
Cc: Quayle, Helen
Subject: Site meeting
When: 30 July 2013 10:00-11:00 (UTC) Dublin, Edinburgh, Lisbon, London.
Where: Ballard House, room 3.12

Agenda: 1. Hoardings (Gareth) 2. Ramps (Anjali) 3. Ambulance route (Rhodri)
""",
    ),
    Ordinary(
        "of a complaint handled among colleagues",
        """\
Dear Ms Farah,

thank you for meeting Raj and me. As agreed, the hedge in Alma Road is cut by 2 August.

Yours sincerely

Ann Bee

> From: Raj Bhandari <raj.bhandari@council.example>
> To: Ann Bee <ann.bee@council.example>
> Cc: Helen Quayle <helen.quayle@council.example>
> Subject: FW: Hedge
>
> Ann, Helen has the photos. Derek in Parks says Thursday.
> Raj
""",
        to=("Amina Farah <amina.farah@firm.example>",),
    ),
)

BUSINESS = (
    Ordinary("an invoice, as text", """\
INVOICE 9000417733                                  19 July 2013

Mr Gareth Tregear
Buildright Contractors Ltd
Unit 4, Faraday Mill
Plymouth PL4 0ST

Account no 417733

Scaffold licence, Armada Way, 4 weeks        £412.00
VAT                                             0.00
Total due                                    £412.00

Please pay to sort code 12-34-56, account 12345678, quoting 9000417733.
""", to=CUSTOMER),
    Ordinary("an invoice, as a workbook", filename="INV-2013-0417.xlsx", to=CUSTOMER, table="""
INVOICE||||INV-2013-0417
To:|Gareth Tregear|||
|Buildright Contractors Ltd|||
|Unit 4, Faraday Mill, Plymouth PL4 0ST|||
Date:|19/07/2013|||
Item|Description|Qty|Each|Amount
1|Skip licence|2|£35.00|£70.00
2|Parking bay suspension|3|£28.00|£84.00
|||Total|£154.00
Sort code|12-34-56|Account no|12345678|
"""),
    Ordinary("a quote", """\
Dear Gareth,

thank you for your enquiry. Our quote Q/2013/0417 for 30 Armada Way, Plymouth PL1 1HJ:

  Trees, 4 no, Acer campestre                  £1,240.00
  Planting, labour, 2 days at £310               £620.00
  Guarantee, 24 months                         no charge

Valid until 31 August. Prices exclude VAT.

Kind regards

Ann Bee
Grounds Trading
01632 960320
""", to=CUSTOMER),
    Ordinary("a statement of account", filename="statement.pdf", to=CUSTOMER, table="""
Statement|Buildright Contractors Ltd|Account 417733||
Date|Document|Reference|Debit|Credit
01/06/2013|Invoice|9000416002|£206.00|
14/06/2013|Payment|BACS Tregear||£206.00
19/07/2013|Invoice|9000417733|£412.00|
|||Balance|£412.00
"""),
    Ordinary("a purchase order", filename="PO.docx", to=CUSTOMER, table="""
Order no|4500041773|Date|19/07/2013
Deliver to|Helen Quayle, Ballard House, West Hoe Road, Plymouth PL1 3BJ|Phone|01632 960417
Line|Description|Quantity|Price
10|Barrier, steel, 2.3 m|40|£31.20
20|Cone, 750 mm|120|£6.85
30|Lamp, amber|60|£4.10
"""),
    Ordinary("a receipt for a customer's own order", """\
Dear Mrs Solanki,

thank you for your order SH-204417.

Brown bin, 240 litres      1    £36.00
Delivery                        £0.00

We deliver to: Mrs K Solanki, 14 Alma Road, Plymouth PL3 4HB, on 25 July.

City Shop
""", to=("Kavya Solanki <kavya.solanki@webmail.example>",)),
)  # fmt: skip

ALL = ROTAS + THREADS + BUSINESS


@pytest.mark.parametrize("mail", ALL, ids=str)
def test_nobody_private_is_in(mail: Ordinary) -> None:
    assert [] == [(p.name, p.kinds) for p in disclosed(mail.read())]


@pytest.mark.parametrize("mail", THREADS[:5], ids=str)
def test_a_thread_is_no_list(mail: Ordinary) -> None:
    assert [] == [(p.name, p.kinds) for p in mail.read().facts.people.select(listed=True)]
