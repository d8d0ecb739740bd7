"""Forenames and surnames of people in the United Kingdom, written down by hand for this bench.

The name tagger was not trained on them.  They are grouped by community, common names beside rare
ones, some of which are ordinary words as well: a guard that only knows the common ones protects
only those who have one.
"""

from __future__ import annotations

from typing import NamedTuple


class Community(NamedTuple):
    """Names that go together, and how often one in a hundred people has one of them."""

    share: int
    forenames: tuple[str, ...]
    surnames: tuple[str, ...]


def _community(share: int, forenames: str, surnames: str) -> Community:
    return Community(share, tuple(forenames.split()), tuple(surnames.split()))


COMMUNITIES = (
    _community(  # England, with names that only the West Country and the North have
        34,
        "Adrian Agnes Alfie Amelia Annette Archie Beatrice Bernard Beryl Bryony Carole Cedric Clive"
        " Colette Daphne Darren Debbie Derek Dominic Edith Elsie Enid Ernest Felicity Freda"
        " Geoffrey Gillian Glenda Gwendoline Hilda Hugh Imogen Ivy Jeremy Jocelyn Kieran Leonard"
        " Lesley Lionel Mabel Marjorie Maurice Muriel Neville Norman Penelope Phyllis Poppy Roland"
        " Rosalind Rupert Sheila Sidney Stella Trevor Verity Vernon Winifred",
        "Ackroyd Allardyce Arkwright Aspinall Barraclough Battersby Blenkinsop Bloxham Boothroyd"
        " Braithwaite Bramwell Broadbent Butterworth Chegwin Clegg Cobbledick Cowperthwaite"
        " Crabtree Cruikshank Dewhurst Drinkwater Eccleston Entwistle Fairweather Fazackerley"
        " Featherstone Fothergill Garside Gathercole Gawthorpe Golightly Greenhalgh Hardcastle"
        " Hebblethwaite Higginbottom Holroyd Huxtable Inchbald Kettlewell Lightfoot Lumb"
        " Micklethwait Murgatroyd Narracott Oakshott Openshaw Ormerod Pilkington Postlethwaite"
        " Quibell Ramsbottom"
        " Rowbottom Satterthwaite Shufflebotham Sidebottom Snodgrass Strickland Sugden Tattersall"
        " Thistlethwaite Twelvetrees Umpleby Varley Wagstaff Widdecombe Winterbourne Wrigglesworth",
    ),
    _community(  # Cornwall
        5,
        "Demelza Jago Jenna Kensa Kerensa Lamorna Loveday Merryn Morwenna Petroc Piran Tamsin"
        " Tegen Treeve",
        "Angwin Bolitho Carlyon Chenoweth Curnow Hosking Kitto Nancarrow Opie Pascoe Penhaligon"
        " Penrose Polglase Rosewarne Tangye Trebilcock Tregenza Trelawny Trevanion Trevithick"
        " Vingoe",
    ),
    _community(
        6,
        "Aneirin Arwel Blodwen Branwen Ceinwen Ceridwen Dilwyn Eirlys Eluned Emyr Geraint Gethin"
        " Heledd Idwal Iestyn Llinos Mabli Meinir Myfanwy Sioned Taliesin Tegid",
        "Ab-Iorwerth Bebb Bowen Cadwaladr Eynon Gwilliam Gwyther Havard Heddwyn Iorwerth Llewelyn"
        " Maddocks Meredith Mostyn Nannau Ogwen Penry Pritchard Probert Tudur Wynne Yorath",
    ),
    _community(
        7,
        "Ailidh Beathan Coinneach Effie Fearghas Fionnlagh Ishbel Lachlan Mairi Mhairi Morven"
        " Murdo Oighrig Peigi Ruaridh Seonaid Shona Sorley Struan Torquil",
        "Auchterlonie Auchincloss Balfour Carmichael Colquhoun Dalrymple Farquharson Galbraith"
        " Geddes Gilchrist Kinnaird Lockhart MacAskill MacCorquodale MacGillivray MacIlwraith"
        " MacLeòid McQuarrie Menzies Rankine Strachan Tulloch Urquhart Wemyss",
    ),
    _community(
        7,
        "Aodhán Bláthnaid Caoimhe Cathal Clodagh Dervla Diarmuid Eimear Fionnuala Gearóid Gobnait"
        " Iarla Lorcan Muireann Nuala Odhrán Peadar Ruairí Sadhbh Sorcha Tadhg Turlough",
        "Breathnach Conaghan Cullinane Devenney Dunleavy Fahy Gilhooly Hanrahan Heffernan Kinsella"
        " Laverty Loughran McAleavey McGlinchey McGuigan McIlhatton McSorley Mulcahy Ní-Dhomhnaill"
        " O'Hagan O'Shaughnessy Quigley Rafferty Scullion Tumelty",
    ),
    _community(  # the Caribbean
        5,
        "Alvita Carlton Cleveland Delroy Desmond Errol Hyacinth Icilda Leroy Merlene Neville"
        " Precious Shanice Tyrell Vivia Winston",
        "Bascombe Blackwood Bogle Brathwaite Cumberbatch Dacosta Delapenha Gayle Lashley Minott"
        " Nembhard Pinnock Rowe-Bennett Samuda Senior Swaby Tulloch Wolmer",
    ),
    _community(  # Nigeria and Ghana
        5,
        "Adwoa Afia Akosua Amarachi Bolanle Chukwuemeka Damilola Ekow Esi Funmilayo Ikenna Kehinde"
        " Kelechi Kojo Nnamdi Obiageli Olumide Omotola Taiwo Tobechukwu Uchenna Yewande",
        "Adesanya Afolabi Agyapong Akinwande Amponsah Anyanwu Appiah Ayeni Bamidele Chukwuma Donkor"
        " Ekwueme Fashola Gyamfi Ibekwe Nkrumah Nnadozie Odunsi Ogunbanjo Onyekachi Quaye Tetteh"
        " Ugochukwu",
    ),
    _community(  # the Horn of Africa and East Africa
        3,
        "Abdirahman Ayaan Bereket Deeqa Filsan Fowsiya Genet Hodan Idil Kidane Liban Mehret Mulu"
        " Nimco Rahwa Sagal Selam Tesfay Wanjiru Yonas Zahra",
        "Abebe Adan Asfaha Duale Egal Farah Gebremariam Ghebreyesus Haile Hersi Jama Kamau Kiflom"
        " Mengistu Mohamud Mugisha Ngugi Nuur Okello Tewolde Warsame Yusuf Zeray",
    ),
    _community(  # Zimbabwe, Zambia, South Africa
        2,
        "Chipo Farai Kudzai Lindiwe Mutsa Nomsa Rudo Sibusiso Tatenda Tendai Thandiwe Tinashe",
        "Chakanetsa Chigumba Dlamini Gumbo Khumalo Mabhena Makoni Moyo Mutasa Ncube Nyathi Phiri"
        " Sibanda Zulu",
    ),
    _community(  # Pakistan and Kashmir
        6,
        "Aamir Amna Arshad Bushra Ghazala Humaira Iftikhar Javed Kulsoom Mehwish Mudassar Naheed"
        " Qaiser Rukhsana Saima Shazia Tahira Waqas Zulfiqar",
        "Abbasi Awan Bhatti Butt Cheema Durrani Gondal Jadoon Janjua Khattak Lodhi Mirza Mughal"
        " Niazi Qureshi Rehman Saleem Shafiq Siddiqui Tanoli Yousafzai",
    ),
    _community(  # Bangladesh
        3,
        "Afsana Aminul Ayesha Delwar Fahmida Jahangir Mahbub Monowara Nazrul Rezaul Rokeya Sabina"
        " Shafiqul Tahmina",
        "Ali Begum Bhuiyan Choudhury Hoque Islam Khatun Mahbub Miah Mollah Nessa Sarkar Sikder"
        " Talukdar Uddin",
    ),
    _community(  # India and Sri Lanka
        6,
        "Anushka Bhavna Chandrika Dharmesh Gurdeep Harpreet Hitesh Jaswinder Jignesh Kalpana"
        " Kamaljit Karthik Lakshmi Mayuri Nirmala Padma Prakash Ramesh Satvinder Shanthi Thilini"
        " Vasanthi Yogesh",
        "Aujla Bhogal Chandrasekaran Dosanjh Fernandes Gohil Jayawardena Johal Kanagaratnam"
        " Lakhani Mistry Nagarajan Nair Panesar Parmar Perera Ranganathan Selvarajah Sivakumar"
        " Solanki Sohal Thakrar Vaghela Wickramasinghe",
    ),
    _community(  # China, Hong Kong, Vietnam, the Philippines
        3,
        "Hoi-Yan Ka-Wai Lap-Kei Mei-Ling Minh Ngoc Phuong Quoc Siu-Fong Thuy Tsz-Ching Xiaoming"
        " Yuet-Ming Zixuan Marisol Reynaldo Jocelyn",
        "Au Cheng Dang Deng Dimaculangan Hui Kwok Lai Magsaysay Mak Ngai Nguyen Pham Poon Qiu"
        " Santos Shum Tran Tse Xie Yeung Zheng",
    ),
    _community(  # Poland, the Baltic states, Czechia, Slovakia
        3,
        "Bogumiła Bożena Daiva Dariusz Egidijus Gintaras Iwona Jolanta Kazimierz Lenka Mirosław"
        " Rasa Renata Stanisław Vytautas Wiesława Zbigniew Zdeněk",
        "Błaszczyk Čermák Dvořák Gałązka Gutowska Jakubauskas Kazlauskas Krčmář Kwiatkowska Liepa"
        " Malinowski Novotná Ostrowska Petrauskas Rutkowski Szczepański Szymańska Wawrzyniak"
        " Zabłocka Žukauskas",
    ),
    _community(  # Romania, Bulgaria, Albania, Ukraine
        2,
        "Agron Bohdan Cătălina Dragoș Fatmir Ghenadie Ionela Liudmyla Mirela Oksana Plamen"
        " Răzvan Sevda Shqipe Valbona Viorel Yaroslava",
        "Berisha Ciobanu Dimitrov Gjokaj Hoxha Ionescu Kovalenko Lupu Munteanu Petrescu Popa"
        " Shevchuk Stoyanova Tkachenko Ungureanu Vasilescu Xhaka Zaharia",
    ),
    _community(  # Turkey, Cyprus, Kurdistan, Iran, Afghanistan, Iraq, Syria
        3,
        "Abdulwali Ayşe Azadeh Behnaz Dilnoza Farhad Gulnar Hozan Kyriacos Maryam Mehmet"
        " Nasratullah Nilüfer Panayiota Parwana Rojda Shirzad Soraya Xanthi Zarifa",
        "Achilleos Ahmadzai Barzani Çelik Demirtaş Georgiou Ghafari Hashemi Jalali Karimi"
        " Kyriakides Mousavi Noorzai Öztürk Popal Rostami Sultani Tavakoli Wardak Yilmaz Zadran",
    ),
)
