"""Signatures: who signs is nobody's leak, whatever stands below the name."""

import pytest

from tests.counting._sent import SENDER, disclosed, sent

SIGNATURES = {
    "name only": "Ann",
    "name and job": "Ann Bee\nReviewing Officer",
    "closing and block": "Kind regards\n\nAnn Bee\nReviewing Officer\nAdult Social Care\n"
    "Ballard House, West Hoe Road, Plymouth PL1 3BJ\nT: 01632 960417\nM: 07700 900417",
    "pipes": "Ann Bee | Reviewing Officer | Adult Social Care | 01632 960417 | council.example",
    "post-nominals": "Yours sincerely,\n\nAnn Bee BA (Hons) DipSW CQSW\nSenior Practitioner",
    "dashes": f"-- \nAnn Bee\n+44 (0)1632 960417\n{SENDER}\nhttps://www.council.example/care",
    "Welsh": "Cofion cynnes\n\nAnn Bee\nSwyddog Adolygu / Reviewing Officer\n"
    "Tŷ Ballard, Plymouth PL1 3BJ\nFfôn / Tel: 01632 960417",
    "phone": "Sent from my iPhone",
    "pp": "Yours faithfully\n\npp Marcus Tindall\nHead of Service\n01632 960460",
    "on behalf": "Regards\nHelen Quayle (on behalf of Ann Bee)\nBusiness Support, ext 4417",
    "nurse": "Many thanks\n\nSr Siobhán Gallagher RGN\nWard Manager, Drake Ward\n"
    "Bleep 417   Secretary: Joan Cartwright 01632 960219",
    "hospital doctor": "Best wishes\n\nDr K Lewandowska MBBS MRCP\nConsultant Physician\n"
    "GMC 4170233\nSecretary: Mrs P Ashworth, tel 01632 960220, fax 01632 960221",
    "part-time": "Thanks, Ann\n\nAnn Bee, Reviewing Officer\nI work Monday to Wednesday.\n"
    "In my absence please contact Raj Bhandari on 01632 960531 or Dilys Maddock on 01632 960455.",
    "charity": "Warm wishes,\nSinéad Kavanagh\nFundraising Manager (she/her)\n"
    "Registered charity 1041770. Company 09434765 in England and Wales.\n"
    "Registered office: 4 Station Road, Plymouth PL1 2AB",
    "legal": "Ann Bee\nSolicitor (SRA 417023)\nFor the Head of Legal Services\n"
    "DX 8278 Plymouth 2\nOur ref: AB/LIT/04417\nThis e-mail is confidential and may be privileged.",
    "councillor": "Cllr Marcus Tindall\nStoke Ward\n14 Alma Road, Plymouth PL3 4HB\n"
    "01632 960222 (home)  07700 900222 (mobile)",
    "disclaimer": "Ann Bee\n\n" + "*" * 60 + "\nThis message is for the person to whom it is sent."
    " If that is not you, tell\nus at postmaster@council.example and delete it.\n" + "*" * 60,
    "headed": "Ann Bee\nReviewing Officer\n\nTel:     01632 960417\nMobile:  07700 900417\n"
    f"E-mail:  {SENDER}\nAddress: Ballard House, West Hoe Road, Plymouth PL1 3BJ",
    "two people": "Ann Bee and Raj Bhandari\nDuty Managers\n01632 960417 / 01632 960531",
    "slogan": "Ann Bee\nCouncil of the Year 2012\nFollow us @councilexample\n"
    "Help us: our survey on diabetes and mental health is at www.council.example/health",
    "qualified": "Kind regards,\n\nBeata Jankowska\nIndependent Domestic Violence Adviser\n"
    "City Women's Aid, PO Box 417, Plymouth PL1 1AA\n01632 960666 (24 hours)",
}

_BODY = "Hello,\n\nthe bins will be collected on Tuesday, not Monday.\n\n"


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES)
def test_nobody_private_is_in_a_signature(signature: str) -> None:
    assert [] == [(p.name, p.kinds) for p in disclosed(sent(_BODY + signature + "\n"))]


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES)
def test_nobody_private_is_in_a_quoted_signature(signature: str) -> None:
    quoted = "".join(f"> {line}\n" for line in (_BODY + signature).splitlines())
    body = f"Thank you.\nAnn\n\nOn 18 July 2013 16:20, somebody wrote:\n{quoted}"

    assert [] == [(p.name, p.kinds) for p in disclosed(sent(body))]


def test_a_person_named_after_the_signature_is_counted_still() -> None:
    signature = SIGNATURES["closing and block"]
    body = (
        f"{_BODY}{signature}\n\nPS: Mrs Eirlys Prosser, born 3 March 1931, of 4 Mill Close, Leeds "
        "LS7 3PD, has not been collected from since May.\n"
    )

    assert ["eirlys prosser"] == [p.name for p in disclosed(sent(body))]
