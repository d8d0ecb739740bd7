"""Domains that publish what is sent to them: freedom-of-information sites, blogs by mail.

What arrives there is on the web minutes later, with its attachments, for everybody.  The
freedom-of-information sites run Alaveteli, FragDenStaat or MuckRock; the setting
`organisation.publishing` adds to the list.
"""

from __future__ import annotations

_LIST = """
whatdotheyknow.com asktheeu.org righttoknow.org.au fyi.org.nz muckrock.com
fragdenstaat.de fragdenstaat.at handlingar.se madada.fr transparencia.be
kimittud.org kimittud.hu imamopravoznati.org infoprovsechny.cz nuvasuparati.info
slobodenpristap.mk dostup.org.ua accessinfo.hk quesabes.org queremossaber.org.br
informatazyrtare.org
blogger.com post.wordpress.com tumblr.com
"""

DOMAINS = frozenset(_LIST.split())
"""Matched on label borders: `requests.muckrock.com` is in it."""
