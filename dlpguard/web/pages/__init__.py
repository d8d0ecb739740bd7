"""The pages: one module each, with its routes.  To add a page, add a module and its line here."""

from __future__ import annotations

from fastapi import APIRouter

from dlpguard.web.pages import (
    account,
    accounts,
    answer,
    audit,
    decide,
    download,
    figures,
    flows,
    health,
    mail,
    message,
    metrics,
    policies,
    queue,
    sign_in,
    tokens,
    trying,
    urgency,
    welcome,
)


def routers() -> tuple[APIRouter, ...]:
    """The routes of all pages."""
    return (
        sign_in.router,
        queue.router,
        message.router,
        mail.router,
        download.router,
        decide.router,
        answer.router,
        account.router,
        figures.router,
        health.router,
        metrics.router,
        accounts.router,
        tokens.router,
        audit.router,
        policies.router,
        flows.router,
        trying.router,
        urgency.router,
        welcome.router,
    )
