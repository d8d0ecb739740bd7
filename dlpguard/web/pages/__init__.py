"""The pages: one module each, with its routes.  To add a page, add a module and its line here."""

from __future__ import annotations

from fastapi import APIRouter

from dlpguard.web.pages import account, answer, decide, message, queue, sign_in


def routers() -> tuple[APIRouter, ...]:
    """The routes of all pages."""
    return (
        sign_in.router,
        queue.router,
        message.router,
        decide.router,
        answer.router,
        account.router,
    )
