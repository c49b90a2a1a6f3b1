"""What do we know? Profiles, accounts, timelines and segments; it refuses to judge or score."""

from corridor.remember.facts import Account, CustomerDetail, Moment, Profile, Segment
from corridor.remember.look import account, accounts, names, profile, profiles, save_segmentation, segments, timeline
from corridor.remember.update import OUR_DOINGS, forget_old, update

__all__ = [
    "OUR_DOINGS",
    "Account",
    "CustomerDetail",
    "Moment",
    "Profile",
    "Segment",
    "account",
    "accounts",
    "forget_old",
    "names",
    "profile",
    "profiles",
    "save_segmentation",
    "segments",
    "timeline",
    "update",
]
