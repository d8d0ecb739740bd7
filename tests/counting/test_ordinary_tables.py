"""Tables about things, places and numbers, in the words of which people's names occur."""

import pytest

from tests.counting._ordinary import Ordinary
from tests.counting._sent import disclosed

PRICES = (
    Ordinary(
        "plants of a nursery",
        filename="prices.xlsx",
        table="""
Code|Plant|Pot|Barcode|Each|Per tray
GT-1001|Rose "Graham Thomas"|3 l|5012345678900|£12.50|£68.00
GT-1002|Rose "Gertrude Jekyll"|3 l|5012345678917|£12.50|£68.00
GT-1003|Clematis "Nelly Moser"|2 l|5012345678924|£9.95|£54.00
GT-1004|Rosemary|1 l|5012345678931|£4.25|£22.00
GT-1005|Heather, mixed|9 cm|5012345678948|£1.95|£10.50
GT-1006|Sweet William|9 cm|5012345678955|£1.95|£10.50
GT-1007|Black-eyed Susan|1 l|5012345678962|£3.75|£19.00
GT-1008|Lily "Casa Blanca"|2 l|5012345678979|£7.50|£40.00
""",
    ),
    Ordinary(
        "furniture with the names that a shop gives it",
        filename="office.csv",
        table="""
Item no|Range|Description|Unit price|VAT|In stock
4471203|Henry|Desk, 1600 mm, oak|189.00|37.80|14
4471211|Henry|Pedestal, 3 drawers|94.00|18.80|22
4471229|Victoria|Chair, mesh back|129.50|25.90|61
4471237|Oliver|Bookcase, 5 shelves|112.00|22.40|9
4471245|Charlotte|Sofa, 2 seats, grey|349.00|69.80|3
4471252|Arthur|Table, round, 1200 mm|165.00|33.00|7
""",
    ),
    Ordinary(
        "room hire",
        filename="room hire.docx",
        table="""
Room|Seats|Half day|Day|Evening
Elizabeth Fry Room|40|£65|£110|£80
Nelson Mandela Suite|120|£150|£260|£190
Churchill Room|16|£35|£60|£45
Nightingale Room|12|£30|£55|£40
Drake Lounge|25|£45|£80|£60
""",
    ),
    Ordinary(
        "school meals, in the text",
        """\
Good morning,

our prices from 1 September:

Pupil meal, primary            £2.60
Pupil meal, secondary          £2.95
Jacket potato                  £1.85
Shepherd's pie                 £2.40
Victoria sponge                £0.95
Earl Grey, pot                 £1.20
Caesar salad                   £2.75

Please quote ref CAT/2013/00417 with your order, or ring 01632 960212.

Ann Bee
""",
    ),
    Ordinary(
        "parts with long numbers",
        filename="spares.xlsx",
        table="""
Part number|Replaces|Description|Lead time|List price
943 476 5919|943 476 5900|Pump, circulating, Grant 15/21|5 days|£214.00
485 777 3456|485 777 3400|Valve, Drayton, 22 mm|2 days|£61.40
401 023 2137|401 023 2100|Thermostat, Honeywell|stock|£33.75
9434765870|9434765862|Board, Baxter 24e|10 days|£188.20
4010232137|4010232129|Gasket set, Morris|stock|£9.60
AB 12 34 56 C|AB 12 34 55 C|Cable clip, bag of 100|stock|£4.10
""",
    ),
    Ordinary(
        "books with authors",
        filename="booklist.html",
        table="""
ISBN|Title|Author|RRP|Our price
978-0-00-735354-8|Wolf Hall|Hilary Mantel|£9.99|£6.99
978-0-141-43951-8|Pride and Prejudice|Jane Austen|£6.99|£4.50
978-0-330-51994-6|Room|Emma Donoghue|£8.99|£6.25
978-0-7475-3269-9|Harry Potter and the Philosopher's Stone|J. K. Rowling|£7.99|£5.60
978-0-09-957851-2|Life After Life|Kate Atkinson|£8.99|£6.25
""",
    ),
)

TIMETABLES = (
    Ordinary(
        "a bus",
        filename="21.csv",
        table="""
Stop|Mon-Fri|Mon-Fri|Sat|Sun
Royal Parade|0705|0735|0810|0930
Victoria Park|0712|0742|0817|0937
Nelson Avenue|0718|0748|0823|0943
St Budeaux Square|0724|0754|0829|0949
Ernesettle Lane|0731|0801|0836|0956
Tamerton Foliot|0740|0810|0845|1005
""",
    ),
    Ordinary(
        "a ferry, in the text",
        """\
Hello,

the winter times as agreed:

Admiral's Hard    06.30 07.00 07.30 08.00 08.30
Mary Newman Pier  06.37 07.07 07.37 08.07 08.37
Torpoint          06.45 07.15 07.45 08.15 08.45
Millbrook         07.05 07.35 08.05 08.35 09.05

No service on 25 and 26 December.

Ann Bee
Transport Policy
""",
    ),
    Ordinary(
        "lessons, with the initials of teachers",
        filename="week A.xlsx",
        table="""
Period|Mon|Tue|Wed|Thu|Fri
1 08:50|Maths RSM B12|English KLP A4|PE hall|French DMB C1|Art JTW D3
2 09:50|Science ABX L2|Maths RSM B12|History GHN A7|English KLP A4|Music PCC M1
3 11:10|English KLP A4|Science ABX L2|Maths RSM B12|RE SFK A2|Maths RSM B12
4 12:10|Geography EWD A9|French DMB C1|Science ABX L2|Maths RSM B12|PE hall
5 14:10|DT NBR W1|Art JTW D3|Drama LOK D1|Science ABX L2|English KLP A4
""",
    ),
    Ordinary(
        "a mobile library",
        filename="mobile library.docx",
        table="""
Day|Place|From|To
Monday, alternate|Milton, Grace Road|10:15|10:45
Monday, alternate|Marsh Mills, The Merry Parson|11:15|12:00
Tuesday|Heather Court, Chelson|09:45|10:15
Tuesday|Dean Cross, Jasmine Gardens|10:40|11:30
Thursday|Florence Place, St Judes|14:00|14:40
Friday|Lucas Terrace, by the bridge|15:00|16:00
""",
    ),
    Ordinary(
        "trains",
        filename="trains.pdf",
        table="""
Station|1A72|1C80|1A76|2P44
Penzance|0500|0541|0600|0645
St Erth|0508|0549|0609|0655
Redruth|0525|0606|0627|0715
St Austell|0602|0643|0704|0757
Plymouth|0655|0738|0800|0858
Newton Abbot|0732|0814|0837|0940
""",
    ),
)

STREETS = (
    Ordinary(
        "streets named after people",
        filename="gritting.csv",
        table="""
USRN|Street|Area|Class|Priority
38400417|Alexandra Road|Mutley|C|1
38400425|Charlotte Street|Morice Town|U|3
38400433|Ernest Gilbert Close|Derriford|U|3
38400441|Victoria Terrace|Stonehouse|U|2
38400458|William Evans Close|Tothill|U|3
38400466|Nancy Astor Walk|Barbican|U|2
38400474|Edith Avenue|St Judes|U|3
38400482|Thomas Lane|Turnchapel|U|3
""",
    ),
    Ordinary(
        "closures, in the text",
        """\
All,

the following will be closed to traffic from 7 am on Sunday 4 August:

  - Henry Street, between George Street and Albert Road
  - Elizabeth Place
  - Frederick Street West
  - Martin Street (north side only)
  - Stuart Road from Somerset Place to Victoria Park

Diversion by Wilton Street and Molesworth Road. Questions to 01632 960340.

Ann Bee
""",
    ),
    Ordinary(
        "parking zones by postcode",
        filename="zones.xlsx",
        table="""
Zone|Street|From no|To no|Postcode|Permits
A|Alma Road|1|88|PL3 4HB|2
A|Beatrice Avenue|1|45|PL4 8QB|2
B|Edgar Terrace|2|30|PL4 7HE|1
B|Barton Avenue|1|76|PL2 1NS|2
C|Florence Street|4|22|PL5 1RQ|1
C|Keith Walk|1|19|PL5 2HE|1
""",
    ),
    Ordinary(
        "bus stops",
        filename="shelters.docx",
        table="""
Stop|On|Outside|Work
1180PLA20417|Wolseley Road|The Lord Nelson PH|New glass
1180PLA20425|Crownhill Road|St Margaret Mary Church|Paint
1180PLA20433|Budshead Road|Harold Hillier Court|Bench
1180PLA20441|Looseleigh Lane|Jack Rabbit PH|Timetable case
1180PLA20458|Tavistock Road|George Park and Ride|New glass
""",
    ),
    Ordinary(
        "street lights with coordinates",
        filename="columns.csv",
        table="""
Column|Street|Easting|Northing|Lat|Lon|Lamp|Checked
C0417|Russell Avenue|248412|056671|50.39012|-4.13371|LED 30W|12/03/2013
C0418|Russell Avenue|248455|056690|50.39030|-4.13312|LED 30W|12/03/2013
C0419|Dean Hill|248931|053104|50.35820|-4.12501|SON 70W|14/03/2013
C0420|Randwick Park Road|249010|053355|50.36048|-4.12400|SON 70W|14/03/2013
C0421|Radford View|248770|053260|50.35955|-4.12735|LED 30W|15/03/2013
""",
    ),
)

STATISTICS = (
    Ordinary("applications by ward", filename="by ward.xlsx", table="""
Ward|Q1|Q2|Q3|Q4|Total
Budshead|34|41|38|29|142
Drake|61|58|70|66|255
Efford and Lipson|47|39|44|51|181
Ham|55|60|49|57|221
Stoke|38|36|40|33|147
St Peter and the Waterfront|72|69|77|80|298
Sutton and Mount Gould|64|71|59|68|262
All|371|374|377|384|1506
"""),
    Ordinary("claims by ward, with health and benefits", filename="claims.csv", table="""
Ward|Population|Housing benefit|Disability living allowance|Mental health referrals|%
Budshead|13 210|1 904|612|118|14.4
Drake|9 407|802|204|97|8.5
Eggbuckland|13 351|904|498|61|6.8
Honicknowle|14 107|2 417|844|171|17.1
Moor View|12 988|1 011|530|77|7.8
Southway|12 673|1 350|601|92|10.7
"""),
    Ordinary("crime by ward, in the text", """\
Hello,

the figures for June:

Ward            Burglary  Assault  Criminal damage
Compton                4        7               11
Devonport             12       31               40
Drake                  9       28               22
Peverell               3        5                8
St Budeaux             8       17               25

Percentages are of all recorded offences. Below five is not shown elsewhere.

Ann Bee
Performance Team
"""),
    Ordinary("ethnicity and religion by ward", filename="census.docx", table="""
Ward|White British|Asian|Black|Christian|Muslim|No religion
Drake|78.1%|8.4%|2.9%|44.2%|4.1%|41.0%
Efford|91.3%|2.2%|1.4%|52.0%|1.0%|38.1%
Ham|94.0%|1.6%|0.8%|53.9%|0.6%|37.2%
Peverell|93.2%|2.9%|0.6%|55.7%|0.9%|35.5%
Stoke|90.8%|3.3%|1.5%|47.8%|1.3%|42.4%
"""),
    Ordinary("names of babies", filename="names.html", table="""
Rank|Girls|Number|Boys|Number
1|Olivia|41|Jack|44
2|Ruby|38|Oliver|42
3|Lily|35|Charlie|40
4|Grace|33|Harry|37
5|Amelia|30|Alfie|31
"""),
    Ordinary("schools, with attendance", filename="attendance.xlsx", table="""
DfE no|School|On roll|Present|Authorised|Unauthorised|FSM %
879/2413|Mary Dean's CE Primary|412|95.1|3.8|1.1|19.2
879/2417|Stuart Road Primary|205|94.6|4.0|1.4|31.7
879/2425|Sir John Hunt College|1103|92.8|5.0|2.2|24.0
879/3604|St Andrew's CE Primary|209|95.3|3.7|1.0|17.5
879/4188|Lipson Vale|386|95.9|3.3|0.8|14.6
"""),
)  # fmt: skip


@pytest.mark.parametrize("mail", PRICES + TIMETABLES + STREETS + STATISTICS, ids=str)
def test_nobody_private_is_in(mail: Ordinary) -> None:
    assert [] == [(p.name, p.kinds) for p in disclosed(mail.read())]


@pytest.mark.parametrize(
    "mail",
    [m for m in PRICES + TIMETABLES + STREETS + STATISTICS if "books" not in m.name],
    ids=str,
)
def test_nobody_is_in(mail: Ordinary) -> None:
    """Not even as a contact: these are no people."""
    assert [] == [(p.name, p.kinds) for p in mail.read().facts.people.everyone]
