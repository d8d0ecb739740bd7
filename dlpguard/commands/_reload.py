"""What SIGHUP changes of a relay that runs: settings that may change, certificates, passwords."""

from __future__ import annotations

from dlpguard import telemetry
from dlpguard.commands import _wiring
from dlpguard.config import Settings
from dlpguard.config.reread import reread
from dlpguard.errors import ConfigurationError
from dlpguard.smtp.client import Pool
from dlpguard.smtp.server import Edge


def renew(settings: Settings, installation: str, edge: Edge | None, pool: Pool | None) -> Settings:
    """Have `edge` and `pool` go on with settings, logins, certificates and passwords as their files
    are now, from the next connection on; None: that runs elsewhere.

    Returns the settings in force from now on.  The log says which keys count now, and which need a
    restart.  When anything is wrong, all stays as it was, and the log says what is wrong.
    """
    try:
        read = reread(settings)
        rules = _wiring.edge_rules(read.settings, installation)
        target = _wiring.target(read.settings)
        if pool:
            pool.follow(target)  # a client certificate that cannot be used is found out here
    except ConfigurationError as error:
        telemetry.not_reread(str(error).splitlines())
        return settings
    except Exception as error:  # noqa: BLE001 - whatever it is, a relay that runs goes on
        telemetry.crashed("reload settings", error)
        return settings
    if edge:
        edge.follow(rules)
    telemetry.reread(read.changed, read.waiting)
    return read.settings
