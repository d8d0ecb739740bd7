"""Domains where people have personal mailboxes: webmail, and the providers of home connections.

Mail to them goes to a person at home, where no organisation looks after it.  A list made
by hand, the largest in the United Kingdom and Europe first; the setting `organisation.webmail`
adds to it.
"""

from __future__ import annotations

_LIST = """
gmail.com googlemail.com
outlook.com outlook.co.uk outlook.ie outlook.fr outlook.de outlook.es outlook.it outlook.in
hotmail.com hotmail.co.uk hotmail.ie hotmail.fr hotmail.de hotmail.es hotmail.it
live.com live.co.uk live.ie live.fr live.nl live.com.au msn.com passport.com windowslive.com
yahoo.com yahoo.co.uk yahoo.ie yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.in yahoo.co.in
yahoo.ca yahoo.com.au yahoo.com.hk yahoo.com.sg yahoo.pl ymail.com rocketmail.com myyahoo.com
aol.com aol.co.uk aim.com
icloud.com me.com mac.com
proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io tuta.com
hushmail.com mailfence.com posteo.de posteo.net mailbox.org runbox.com startmail.com
fastmail.com fastmail.fm fastmail.co.uk hey.com zoho.com zohomail.com zohomail.eu
gmx.com gmx.co.uk gmx.net gmx.de gmx.at gmx.ch web.de mail.com email.com inbox.com
mail.ru inbox.ru list.ru bk.ru yandex.ru yandex.com rambler.ru ukr.net i.ua
wp.pl o2.pl onet.pl onet.eu op.pl interia.pl poczta.fm gazeta.pl
seznam.cz centrum.cz azet.sk abv.bg freemail.hu citromail.hu
orange.fr wanadoo.fr laposte.net free.fr sfr.fr libero.it virgilio.it tiscali.it alice.it
t-online.de freenet.de arcor.de telenet.be skynet.be ziggo.nl kpnmail.nl xs4all.nl
qq.com 163.com 126.com sina.com naver.com hanmail.net daum.net rediffmail.com
btinternet.com btopenworld.com  talk21.com
sky.com virginmedia.com virgin.net blueyonder.co.uk ntlworld.com ntlworld.co.uk
talktalk.net talktalk.co.uk tiscali.co.uk lineone.net onetel.com onetel.net pipex.com
plus.com plus.net plusnet.com force9.co.uk f9.co.uk madasafish.com
ee.co.uk orange.net orangehome.co.uk fsmail.net wanadoo.co.uk freeserve.co.uk freeuk.com
o2.co.uk o2online.co.uk vodafone.net vodafoneemail.co.uk
zen.co.uk demon.co.uk eclipse.co.uk supanet.com uwclub.net waitrose.com totalise.co.uk
tesco.net kcom.com karoo.co.uk mypostoffice.co.uk postmaster.co.uk
eircom.net iol.ie indigo.ie
comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net
shaw.ca rogers.com sympatico.ca bigpond.com bigpond.net.au optusnet.com.au xtra.co.nz
"""

DOMAINS = frozenset(_LIST.split())
"""Matched on label borders, so `mail.sky.com` is in it and `notsky.com` is not."""
