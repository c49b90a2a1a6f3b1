"""The pages of understand, and its entries in the rail."""

from __future__ import annotations

from fastapi import APIRouter

from corridor.ground.extensions import offer
from corridor.ground.ui import N_, NavItem
from corridor.understand import pages_of_corridor, pages_of_gaps, pages_of_portfolio, pages_of_touchpoints

router = APIRouter(include_in_schema=False)
router.include_router(pages_of_touchpoints.router)
router.include_router(pages_of_corridor.router)
router.include_router(pages_of_gaps.router)
router.include_router(pages_of_portfolio.router)

offer(NavItem(label=N_("Corridor"), path="/corridor", room="understand", order=40))
offer(NavItem(label=N_("Gaps"), path="/gaps", room="understand", order=42))
offer(NavItem(label=N_("Portfolio"), path="/portfolio", room="understand", order=44))
