"""What machines and programmers write, what cites people, and what the public is told."""

import pytest

from tests.counting._ordinary import Ordinary
from tests.counting._sent import disclosed

LOGS = (
    Ordinary(
        "of a mail server",
        """\
Jul 19 08:31:02 mx1 postfix/smtpd[20417]: connect from mail.firm.example[192.0.2.41]
Jul 19 08:31:02 mx1 postfix/smtpd[20417]: 4B3C91A0F2: client=mail.firm.example[192.0.2.41]
Jul 19 08:31:03 mx1 postfix/cleanup[20419]: 4B3C91A0F2: message-id=<20130719.4@firm.example>
Jul 19 08:31:03 mx1 postfix/qmgr[1187]: 4B3C91A0F2: from=<bounce@firm.example>, size=24017
Jul 19 08:31:04 mx1 postfix/lmtp[20422]: 4B3C91A0F2: to=<helpdesk@council.example>, delay=1.4
Jul 19 08:31:04 mx1 postfix/qmgr[1187]: 4B3C91A0F2: removed
""",
    ),
    Ordinary(
        "of a web server",
        """\
192.0.2.7 - - [19/Jul/2013:08:30:11 +0100] "GET /bins/austin?d=20130719 HTTP/1.1" 200 5123
192.0.2.7 - - [19/Jul/2013:08:30:12 +0100] "GET /static/taylor.css HTTP/1.1" 304 0
198.51.100.2 - helen [19/Jul/2013:08:30:15 +0100] "POST /login HTTP/1.1" 302 0
198.51.100.2 - helen [19/Jul/2013:08:30:15 +0100] "GET /jobs/9434765919 HTTP/1.1" 200 881
203.0.113.99 - - [19/Jul/2013:08:30:19 +0100] "GET /robots.txt HTTP/1.1" 404 162
""",
    ),
    Ordinary(
        "of a phone system",
        filename="trunk.csv",
        table="""
time|trunk|cause|setup ms|seconds
2013-07-19 08:00:01.204|SIP-01|16|412|61
2013-07-19 08:00:04.911|SIP-01|16|388|204
2013-07-19 08:00:09.376|SIP-02|17|401|0
2013-07-19 08:00:12.480|SIP-01|16|455|19
2013-07-19 08:00:13.002|SIP-02|31|390|7
""",
    ),
    Ordinary(
        "of a program that failed",
        """\
2013-07-19 08:30:11,204 ERROR [pool-7-thread-3] c.f.j.JobRunner - Job 4850010417 failed
java.lang.IllegalStateException: Mark must be set before Grant
	at com.firm.jasper.Parser.will(Parser.java:417)
	at com.firm.jasper.Parser.may(Parser.java:81)
	at org.apache.felix.framework.Felix.start(Felix.java:1045)
Caused by: java.sql.SQLException: ORA-00942: table or view does not exist
2013-07-19 08:30:12,870 WARN  [pool-7-thread-3] c.f.j.JobRunner - Retrying, attempt 2 of 5
""",
    ),
    Ordinary(
        "of a backup",
        filename="backup.docx",
        table="""
Job|Server|Started|Ended|GB|Status
Daily-0417|DRAKE-FS01|18/07/2013 22:00|19/07/2013 01:12|812.4|OK
Daily-0418|DRAKE-SQL02|18/07/2013 22:00|18/07/2013 23:47|204.9|OK
Daily-0419|GRENVILLE-EX1|18/07/2013 22:30|19/07/2013 03:01|1,104.2|Warning
Daily-0420|RALEIGH-WEB|18/07/2013 23:00|18/07/2013 23:09|12.7|OK
""",
    ),
)

SOURCE = (
    Ordinary(
        "Python",
        """\
from dataclasses import dataclass

@dataclass
class Person:
    name: str
    dob: date
    nino: str = ""

def test_age():
    grace = Person("x", date(1984, 3, 2))
    assert age(grace, on=date(2013, 7, 19)) == 29

ADMINS = {"root", "frank", "alice"}
TIMEOUT = 9434765919  # milliseconds
""",
    ),
    Ordinary(
        "SQL",
        """\
SELECT c.client_ref, c.surname, c.forename, c.dob, c.nino
  FROM clients c JOIN wards w ON w.id = c.ward_id
 WHERE c.dob BETWEEN '1930-01-01' AND '1948-12-31'
   AND w.name IN ('Drake', 'Stoke', 'Ham', 'Peverell')
   AND c.status <> 'CLOSED'
 ORDER BY c.surname, c.forename;
""",
    ),
    Ordinary(
        "JavaScript",
        """\
const form = {
  "surname": {required: true, label: "Surname"},
  "forename": {required: true, label: "First name"},
  "dob": {type: "date", max: "2013-07-19"},
  "nino": {pattern: /^[A-Z]{2}[0-9]{6}[A-D]$/}
};
export default form;
""",
    ),
    Ordinary(
        "a configuration",
        """\
[server]
host = victoria.council.example
port = 8443
owner = webteam@council.example
contact = 01632 960100

[charlotte]
weight = 10
token_length = 32
build = 20130719083011
hash = 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
""",
    ),
    Ordinary(
        "a change to a program",
        """\
diff --git a/src/court/Grant.java b/src/court/Grant.java
index 83db48f..bf2a7c1 100644
--- a/src/court/Grant.java
+++ b/src/court/Grant.java
@@ -41,7 +41,7 @@ public class Grant extends Award {
-        if (amount > 2500) {
+        if (amount > 5000) { // was 2500 until April
             return Outcome.REFER;
         }
""",
    ),
)

BIBLIOGRAPHIES = (
    Ordinary(
        "Harvard",
        """\
References

Adams, J. (2009) 'Walking to school in the South West', Transport Policy, 16(4), pp. 201-209.
Barker, P. and Okafor, N. (2011) Planning for Older Age. Bristol: Policy Press.
Chen, L., Hughes, D. and Patel, S. (2012) 'Depression after discharge', BMJ, 344, e1204.
Davies, S. (2013) Annual Report of the Chief Medical Officer. London: Department of Health.
Munro, E. (2011) The Munro Review of Child Protection. Cm 8062. London: TSO.
""",
    ),
    Ordinary(
        "numbered",
        """\
1. Francis R. Report of the Mid Staffordshire NHS Foundation Trust Public Inquiry. 2013.
2. Marmot M, Allen J, Goldblatt P. Fair Society, Healthy Lives. London: 2010.
3. Black C, Frost D. Health at work: an independent review of sickness absence. 2011.
4. Khan A, Smith JR, O'Neill B. HIV testing in primary care. Lancet 2012;379:1441-50.
5. Laming H. The Victoria Climbié Inquiry. Cm 5730. 2003. doi:10.1136/bmj.326.7384.293
""",
    ),
    Ordinary(
        "of a planning report, as a table",
        filename="sources.docx",
        table="""
Author|Year|Title|Publisher|ISBN
Pevsner, Nikolaus|1989|The Buildings of England: Devon|Penguin|978-0-14-071050-2
Gill, Crispin|1993|Plymouth: A New History|Devon Books|978-0-86114-882-0
Robinson, Chris|2004|Plymouth's Historic Barbican|Pen & Ink|978-1-85522-957-5
Essex, Stephen|2013|Planning the post-war city|Ashgate|978-1-4094-2947-0
""",
    ),
    Ordinary(
        "footnotes with cases",
        """\
[1] R (Bracking) v Secretary of State for Work and Pensions [2013] EWCA Civ 1345.
[2] Smith v Ministry of Defence [2013] UKSC 41, [2014] AC 52, per Lord Hope at [12].
[3] A. Young, "Benefits and the courts" (2012) 75 MLR 417, 420.
[4] Donoghue v Stevenson [1932] AC 562.
[5] Hansard, HC Deb 17 June 2013, vol 564, col 612 (Mr Iain Duncan Smith).
""",
    ),
    Ordinary(
        "in a programme's notes",
        """\
Further reading for the course "Dementia and Me":

* Kitwood, Tom: Dementia Reconsidered. Open University Press, 1997 (ISBN 0-335-19855-4)
* James, Oliver: Contented Dementia. Vermilion, 2009
* Swaffer, Kate: What the Hell Happened to My Brain? Jessica Kingsley, 2016
* Genova, Lisa: Still Alice. Simon & Schuster, 2007
* NICE guideline CG42, 2006, with the amendments of March 2011
""",
    ),
)

MINUTES = (
    Ordinary(
        "of a forum",
        """\
Cycling Forum, 8 July 2013, Council House

Present: Cllr Marcus Tindall (Chair), Wendy Trenoweth, Piotr Zielinski, Dr Amina Farah,
Raj Bhandari (Highways), Helen Quayle (minutes)
Apologies: Gareth Tregear, Cllr S. O'Neill

1. Minutes of 10 June were agreed.
2. Wendy Trenoweth asked about the bridge at Laira. Raj Bhandari: works begin in August.
3. Piotr Zielinski reported three near misses in Embankment Road.
Date of next meeting: 9 September 2013, 18:30.
""",
    ),
    Ordinary(
        "with an attendance table",
        filename="minutes.docx",
        table="""
Name|Organisation|Role|Present
Margaret Bowen|Tenants' Association|Chair|Yes
Tunde Adebayo|City Housing|Area Manager|Yes
Sgt Karen Birch|Neighbourhood Police|Beat Manager|Yes
Cllr Imran Qureshi|Ward Member||Apologies
Lihua Zhang|St Jude's Church|Volunteer|Yes
""",
    ),
    Ordinary(
        "with actions",
        filename="actions.xlsx",
        table="""
No|Action|Who|By when|Status
1|Send the draft lease to the trustees|Helen Quayle|02/08/2013|Open
2|Ask for three quotes for the roof|Declan Brady|16/08/2013|Open
3|Book the hall for the AGM|Priya Nair|12/07/2013|Done
4|Write to the Charity Commission|Helen Quayle|30/08/2013|Open
5|Check the fire doors|Kwame Mensah|19/07/2013|Done
""",
    ),
    Ordinary(
        "of governors, with a vote",
        """\
Minutes of the Full Governing Body, Stuart Road Primary, 3 July 2013 at 4.30 pm

In attendance: Mrs J Cartwright (Headteacher), Mr T Bevan (Chair), Revd Anne Fielding,
Mrs S Begum (Parent), Mr D O'Sullivan (Staff), Ms K Pinnock (Clerk)

13/41 Declarations of interest: Mr Bevan, item 13/46.
13/42 The budget for 2013/14, £1,204,117, was approved; proposed by Revd Fielding, seconded by
      Mrs Begum.
13/43 Attendance was 95.1%. Six fixed-term exclusions in the year.
13/44 Safeguarding: the annual audit was received, no actions.
""",
    ),
    Ordinary(
        "of a scrutiny panel on health",
        """\
HEALTH SCRUTINY PANEL  -  18 JULY 2013

PRESENT: Councillors Mrs Aspinall (Chair), Bowyer, Mrs Bowyer, Dr Mahony, Parker, Tuffin.
Co-opted: Sue Kelley (LINk).  Also present: Dr Adrian Dawson, Director; Pauline Marsh, NHS.

21. CHAIR'S URGENT BUSINESS: none.
22. DEMENTIA STRATEGY. Dr Dawson reported that diagnosis rates had risen to 52%. Councillor
    Parker asked about waits for memory clinics. Ms Marsh undertook to write to members.
23. MENTAL HEALTH. It was AGREED that a task group be set up.
""",
    ),
)

PRESS = (
    Ordinary(
        "about a park",
        """\
PRESS RELEASE - for immediate use

New walking routes open in Central Park

Three new walking routes were opened on Friday by Cllr Marcus Tindall, Cabinet Member for
Transport. "These paths are for everybody", he said.
Wendy Trenoweth, of the Cycle Campaign, said: "We have waited ten years for this."

Notes to editors: photographs from Dilys Maddock, Press Office, 01632 960455,
press@council.example. The routes cost £214,000.
""",
    ),
    Ordinary(
        "about a prize at school",
        """\
Pupil wins national poetry prize

Grace Okonkwo, 11, of Lipson Vale Primary has won the Foyle prize for her poem "Harbour".
Headteacher Neil Sykes said the whole school was proud. Her class will visit London in October.

Ends. Contact: Dilys Maddock 01632 960455 / 07700 900455
""",
    ),
    Ordinary(
        "about an appointment",
        """\
NHS trust appoints new Director of Nursing

Siobhan Gallagher will join the Trust as Director of Nursing on 2 September. She comes from
Leeds, where she led 4,000 nurses and midwives. Chief Executive Andrew Harrison said: "Siobhan
has an outstanding record in patient safety."
Siobhan Gallagher qualified in 1989 in Belfast and holds an MBA.
""",
    ),
    Ordinary(
        "about a prosecution",
        """\
Landlord fined over fire doors

A company that let flats in Mutley without working fire alarms was fined £18,000 by magistrates
on Thursday. Cllr Susan Birch, Cabinet Member for Housing, said: "Tenants' safety comes first."
Anybody worried about their home can ring 01632 960777.
""",
    ),
    Ordinary(
        "of a charity about diabetes",
        """\
Walk with us on 14 September

Diabetes affects one in twenty people in the city. Our chair, Harpreet Grewal, will lead the
five-mile walk from the Hoe, with Radio presenter Kevin Ashworth. Sponsor forms are with Joan
Bowen at the shop in Mutley Plain, telephone 01632 960644.
""",
    ),
)

NOBODY = LOGS + SOURCE
ALL = (*NOBODY, *BIBLIOGRAPHIES, *MINUTES, *PRESS)


@pytest.mark.parametrize("mail", ALL, ids=str)
def test_nobody_private_is_in(mail: Ordinary) -> None:
    assert [] == [(p.name, p.kinds) for p in disclosed(mail.read())]


@pytest.mark.parametrize("mail", NOBODY, ids=str)
def test_nobody_is_in_what_machines_write(mail: Ordinary) -> None:
    """Not even as a contact: these are no people."""
    assert [] == [(p.name, p.kinds) for p in mail.read().facts.people.everyone]
