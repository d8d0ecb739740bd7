"""What people write into header fields, and what is none of it."""

import base64
import time

import pytest

from dlpguard import inspection, mime
from dlpguard.document import Hidden, Text
from dlpguard.facts import Facts
from dlpguard.mail import Envelope, HeaderText, MessageId, Recipient
from dlpguard.recipients import Organisation

SECRET = "Ann Bee 07700 900123 AB123456C"
WORD = f"=?utf-8?b?{base64.b64encode(SECRET.encode()).decode()}?="
SETUP = inspection.Setup(Organisation(("council.example",)))
SENDER, RECIPIENT = "john.smith@council.example", "mary.jones@firm.example"
ORDINARY = {
    "Outlook and Exchange": """\
Received: from LO2P123MB1234.GBRP123.PROD.OUTLOOK.COM (2603:10a6:600:1::1) by
 LO2P123MB5678.GBRP123.PROD.OUTLOOK.COM with HTTPS; Mon, 3 Aug 2026 10:12:45 +0000
ARC-Seal: i=1; a=rsa-sha256; s=arcselector9901; d=microsoft.com; cv=none; b=AbCd07700900123==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=council.example; s=selector1;
 h=From:Date:Subject:Message-ID; bh=abc=; b=def=
From: "Smith, John (Adult Social Care)" <john.smith@council.example>
To: "JONES, Mary (FIRM LIMITED - 15N)" <mary.jones@firm.example>
CC: Team Inbox <team@council.example>, "Cole, Bob" <bob.cole@council.example>
Subject: RE: Minutes of July
Thread-Topic: Minutes of July
Thread-Index: AQHZ2abcDEF123456789+/abcdefgh0770==
Date: Mon, 3 Aug 2026 10:12:44 +0000
Message-ID: <LO2P123MB1234A1B2C3D4E5F6@LO2P123MB1234.GBRP123.PROD.OUTLOOK.COM>
References: <A@B.example> <C@D.example>
Accept-Language: en-GB, en-US
Content-Language: en-GB
X-MS-Has-Attach: yes
X-MS-TNEF-Correlator:
msip_labels: MSIP_Label_9d3a_Enabled=true;MSIP_Label_9d3a_SetDate=2026-08-03T10:12:44Z;
x-ms-publictraffictype: Email
x-ms-traffictypediagnostic: LO2P123MB1234:EE_|LO2P123MB5678:EE_
X-MS-Exchange-CrossTenant-OriginalArrivalTime: 03 Aug 2026 10:12:44.1234 (UTC)
X-MS-Exchange-Transport-CrossTenantHeadersStamped: LO2P123MB1234
X-Microsoft-Antispam: BCL:0;ARA:13230040|376014|366016|1800799024;
X-Microsoft-Antispam-Message-Info: =?utf-8?B?UkJnWmpVcGtwQ2JkMk5yS0tZZmZ0Zk5SSUx5d1Jv?=
X-Forefront-Antispam-Report: CIP:255.255.255.255;CTRY:;LANG:en;SCL:1;SRV:;IPV:NLI;DIR:OUT;
X-Auto-Response-Suppress: DR, OOF, AutoReply
X-OriginatorOrg: council.example
X-Mailer: Microsoft Outlook 16.0
Importance: normal
X-Priority: 3 (Normal)
X-Unsent: 1
""",
    "Thunderbird": """\
Date: Mon, 3 Aug 2026 10:12:44 +0100
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Thunderbird/102.9.0
From: John Smith <john.smith@council.example>
Reply-To: John Smith <john.smith@council.example>
Organization: Plymouth City Council
To: Mary Jones <mary.jones@firm.example>
Subject: Minutes
In-Reply-To: <a.b.c@firm.example>
X-Enigmail-Draft-Status: N1110
Disposition-Notification-To: John Smith <john.smith@council.example>
""",
    "Gmail": """\
X-Received: by 2002:a05:6402:1234:b0:123:4567:89ab with SMTP id x12-20020a056402; Mon, 03 Aug 2026
X-Google-Smtp-Source: AGHT+IHabcDEF07700900123
X-Gm-Message-State: AOJu0YyAbCdEf07700900123ghijkl
From: John Smith <john.smith@council.example>
To: mary.jones@firm.example
Subject: Minutes
Message-ID: <CAF=abc123+def@mail.gmail.com>
""",
    "a mailing": """\
From: Council News <john.smith@council.example>
To: mary.jones@firm.example
Subject: News
Sender: "Council News" <bounce-123456@council.example>
List-Unsubscribe: <https://x.example/u?id=07700900123>, <mailto:u-123@x.example?subject=unsubscribe>
List-Id: Council News <news.council.example>
Feedback-ID: 12345678:12345678.901234:us1:mc
X-Campaign: mailchimp0123456789.abcdef
X-MC-User: 0123456789abcdef
Precedence: bulk
X-Report-Abuse: Please report abuse here
X-Entity-Ref-ID: 7f0c6b9e-0a2d-4e61-9b56-0770090012ab
X-Proofpoint-Virus-Version: vendor=baseguard engine=ICAP:2.0.272 definitions=2026-08-03_01
Mailing-List: contact news-help@council.example; run by ezmlm
X-OriginalArrivalTime: 23 Jan 2026 01:20:52.0123 (UTC) FILETIME=[A1B2C3D4:01C61FB9]
Content-Disposition: inline; creation-date="Tue, 14 Jul 2026 10:00:00 GMT"
X-Spam-Status: No, score=-1.9 required=5.0 tests=BAYES_00,DKIM_SIGNED autolearn=ham
X-Virus-Scanned: Debian amavisd-new at mx.council.example
""",
}


def message(header: str) -> bytes:
    return header.replace("\n", "\r\n").encode() + b"\r\nHello.\r\n"


def facts(header: str) -> Facts:
    envelope = Envelope(SENDER, (Recipient(RECIPIENT),))
    return inspection.read(MessageId("1"), message(header), envelope, SETUP).facts


def written(header: str) -> list[HeaderText]:
    return list(mime.parse(message(header), Envelope("", ()), MessageId("1"))[0].written)


@pytest.mark.parametrize("program", ORDINARY)
def test_ordinary_headers_tell_of_nobody(program: str) -> None:
    found = facts(ORDINARY[program])

    assert ((), (), ()) == (found.people.everyone, found.hidden, found.gaps)
    assert [] == written(ORDINARY[program])


@pytest.mark.parametrize("value", [SECRET, WORD])
@pytest.mark.parametrize(
    "field",
    [
        "Thread-Topic", "Organization", "Keywords", "Comments", "Content-Description",
        "Content-Location", "Content-ID", "X-Note", "List-Id", "List-Post", "Message-ID",
        "In-Reply-To", "References", "User-Agent", "Date", "Thread-Index", "Importance",
        "X-Mailer", "X-MS-Exchange-Note", "Nobody-Knows-It",
    ],
)  # fmt: skip
def test_a_field_with_a_record_in_it_is_read_as_hidden(field: str, value: str) -> None:
    raw = message(f"Subject: hello\n{field}: {value}\n")
    read = inspection.read(MessageId("1"), raw, Envelope(SENDER, (Recipient(RECIPIENT),)), SETUP)
    (block,) = read.document.blocks[1:]

    assert isinstance(block, Text)
    assert (f"header {field}".casefold(), SECRET, Hidden.HEADER_FIELD) == (
        block.where.casefold(), block.text, block.hidden,
    )  # fmt: skip
    assert 1 == read.facts.findings["gb_nino"].distinct
    assert 1 == read.facts.people.hidden


@pytest.mark.parametrize("field", ["To", "Cc", "From", "Reply-To", "Sender"])
@pytest.mark.parametrize(
    "value",
    [
        '"NI AB123456C J Doe" <x@y.example>',
        "x@y.example (NI AB123456C J Doe)",
        "Eve <x@y.example> (NI AB123456C J Doe)",
        "NI AB123456C J Doe: x@y.example;",
        "=?utf-8?q?NI_AB123456C_J_Doe?= <x@y.example>",
    ],
)
def test_a_display_name_that_is_more_than_a_name_is_read(field: str, value: str) -> None:
    header = f"{field}: {value}\nSubject: hello\n"

    assert [HeaderText(field, "NI AB123456C J Doe", shown=True)] == written(header)
    assert 1 == facts(header).findings["gb_nino"].distinct


def test_who_sends_with_a_number_behind_their_name_is_nobody_s_leak() -> None:
    header = (
        f'From: "John Smith 01632 960001" <{SENDER}>\n'
        f'To: "Mary Jones (Room 1204)" <{RECIPIENT}>\nSubject: hello\n'
    )

    assert () == facts(header).people.everyone


def test_a_part_has_header_fields_too() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Description: "
        + WORD.encode()
        + b"\r\n\r\nx\r\n--b--\r\n"
    )
    read = inspection.read(MessageId("1"), raw, Envelope(SENDER, (Recipient(RECIPIENT),)), SETUP)
    (block,) = read.document.blocks

    assert ("part 1 › header Content-Description", Hidden.HEADER_FIELD) == (
        block.where, block.hidden,
    )  # fmt: skip


def test_a_topic_that_is_not_the_subject_is_read() -> None:
    assert [] == written("Subject: Re: The case\nThread-Topic: The case\n")
    assert ["Thread-Topic"] == [each.name for each in written("Subject: x\nThread-Topic: Eve\n")]


def test_a_subject_is_cleaned_like_a_body() -> None:
    raw = message("Subject: NI number A\u200bB\u00ad1234\u200b56\u2060C\n")
    read = inspection.read(MessageId("1"), raw, Envelope(SENDER, (Recipient(RECIPIENT),)), SETUP)

    assert "NI number AB123456C" in [getattr(b, "text", "") for b in read.document.blocks]
    assert 1 == read.facts.findings["gb_nino"].distinct


@pytest.mark.parametrize(
    "value",
    [
        "(" * 120_000, "a:" * 60_000, '"' * 120_000, "<" * 120_000, "a, " * 40_000,
        "1 " * 60_000, "12:;" * 30_000, "(a)" * 40_000, "a b " * 30_000, "%41" * 40_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["To", "X-Note", "Content-Type: a/b;x", "Date"])
def test_hostile_fields_take_linear_time(field: str, value: str) -> None:
    start = time.process_time()
    written(f"{field}: {value}\n")

    assert time.process_time() - start < 3
