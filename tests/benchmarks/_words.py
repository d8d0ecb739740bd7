"""Words that mail is made of: invented people, and what an office writes about."""

from __future__ import annotations


def _of(text: str, between: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(between))


GIVEN = _of(
    "Alan Alice Amir Angela Anita Brian Bridget Carla Colin Daniel Deborah Dilys Edward "
    "Elaine Emma Fiona Frances Gareth George Gillian Graham Hannah Harold Helen Hugh Imran "
    "Irene Isobel James Janet Joanna Joseph Karen Keith Kwame Laura Leonard Linda Malcolm "
    "Margaret Martin Maureen Michael Miriam Nadia Nigel Nora Olive Oscar Pamela Patrick "
    "Priya Rachel Ralph Rhian Robert Ruth Samuel Sandra Sheila Simon Stella Susan Tariq "
    "Teresa Thomas Trevor Ursula Valerie Victor Wendy William Yasmin Zoe",
)

SURNAMES = _of(
    "Abbott Ainsworth Ashdown Barlow Bassett Beckett Birtles Bramley Broadbent Calloway "
    "Carrick Chadwick Clegg Copley Crabtree Dalby Denholm Dunmore Eastwood Elphick "
    "Fairclough Farnham Fenwick Garside Goodall Greenhalgh Hadley Halstead Hargreaves "
    "Haworth Hebden Hindle Ibbotson Jessop Kershaw Kirkham Langdon Lassiter Lockwood Marsden "
    "Maynard Mellor Metcalfe Nuttall Oakden Ogden Ormerod Pickering Pilling Radcliffe "
    "Ramsbottom Ridley Rowbotham Sagar Shackleton Sidebottom Stansfield Sutcliffe Tattersall "
    "Thackeray Tregenza Uttley Varley Wadsworth Whitaker Wigglesworth Wolstenholme Yardley",
)

THINGS = _of(
    "harvest fair;library extension;bus timetable;summer playscheme;allotment survey;"
    "roof repair;reading group;new cycle path;budget round;street lighting plan;archive move;"
    "choir rehearsal;tree planting;school crossing rota;winter gritting plan;"
    "market square design",
    ";",
)
"""What an office is busy with."""

ROOMS = _of(
    "town hall;small committee room;library;depot;canteen;assembly hall;garden centre;lodge;"
    "north gallery;reading room",
    ";",
)

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

SENTENCES = (
    "{person} asked whether the {thing} could be moved to {day}, because the {room} is taken.",
    "We have agreed with {person} and {other} that the {thing} will be ready before {day}.",
    "Thank you for the note about the {thing}; {person} will bring the drawings on {day}.",
    "The minutes of the last meeting were read by {person} and nobody had anything to add.",
    "If you cannot come on {day}, please tell {person} in good time so that somebody else can.",
    "The bins behind the {room} were not emptied on {day}, and nobody has said when they will be.",
    "According to {person}, the {thing} took rather longer than anybody had expected.",
    "A short report about the {thing} is being written and should be with you by {day}.",
    "There is still no answer from the suppliers, although {person} wrote to them on {day}.",
    "It was suggested that the {room} be painted while the {thing} is under way.",
    "{person} would like to hear what you think of the {thing} before it goes to the committee.",
    "Nothing has been decided yet, and {other} hopes that it can wait until after {day}.",
    "The new timetable begins on {day} and hangs beside the door of the {room}.",
    "Last year the {thing} cost a little more than this, which surprised {person}.",
    "Please keep the corridor to the {room} free while the furniture is being carried out.",
    "On {day} there will be tea in the {room} for everybody who helped with the {thing}.",
    "{person} and {other} have swapped their turns, so the list by the telephone is out of date.",
    "We were told that the road outside is to be closed for a week, beginning on {day}.",
    "The heating is turned off at noon, so bring something warm if you mean to stay longer.",
    "All of this was in the letter that went out with the last newsletter.",
    "It would help if the lists were in the same order as they were the year before.",
    "The key is in the usual place, and the alarm has to be set again when you leave.",
    "Nobody objected, so the {thing} can go ahead as it was planned in spring.",
    "Two of the windows in the {room} do not close, which lets the rain in.",
    "Whoever is last to leave the {room} should look whether the lights are off.",
    "The figures are the same as last month, and there is no reason to change anything.",
    "As soon as the weather is better the painters will begin with the {room}.",
    "More chairs are needed for the {thing}, and the ones from the cellar would do.",
    "The printer is out of order again; please use the one downstairs until {day}.",
    "Parking is difficult on market days, so it is better to come on foot or by bus.",
    "Everybody who wants to help with the {thing} is welcome to come along on {day}.",
    "This was discussed at length and will be looked at again in the new year.",
    "There were fewer complaints about the {thing} than in any year before.",
    "Copies of the plan lie in the {room}, where they can be read until {day}.",
    "The committee thanked all those who had given up their evenings for the {thing}.",
)
"""With `{person}`, `{other}`, `{thing}`, `{room}` and `{day}`; nothing in them is private."""

PLAIN = _of(
    "about above after again all also always and another any around as at away because been "
    "before below best between both but by can clear come could cover day did do does down "
    "each early enough even every far few find first for found from full gave get give go "
    "good great had half hand has have high hold how if in into is it its just keep kind "
    "last late least left less like line little long look made make many may mean more most "
    "much must near need never new next no not now of off often old on once one only open or "
    "other our out over own part place plain put quite rather right said same say see seem "
    "set she should show side since small so some soon still such take tell than that the "
    "their them then there these they thing think this those though through time to together "
    "too towards turn under until up upon us use very was way we well went were what when "
    "where which while who whole why will with within without word work would yet you your",
)
"""Words in which no capital, digit or @ is: nothing begins where one of them stands."""
