"""The shop that is simulated, Lantern & Loom: its products, cities, touchpoints and how good each of them is."""

from __future__ import annotations

from dataclasses import dataclass

from corridor.ground.vocabulary import Touchpoint
from corridor.packs.simulation.facts import City, Product

NAME = "Lantern & Loom"
CURRENCY = "EUR"

CITIES = (
    City("Amsterdam", "آمستردام", "Noord-Holland", "Utrecht", 0.20, True),
    City("Haarlem", "هارلم", "Noord-Holland", "Utrecht", 0.05, False),
    City("Utrecht", "اوترخت", "Utrecht", "Utrecht", 0.13, True),
    City("Amersfoort", "آمرسفورت", "Utrecht", "Utrecht", 0.05, False),
    City("Rotterdam", "روتردام", "Zuid-Holland", "Rotterdam", 0.15, True),
    City("Den Haag", "لاهه", "Zuid-Holland", "Rotterdam", 0.09, False),
    City("Leiden", "لیدن", "Zuid-Holland", "Rotterdam", 0.04, False),
    City("Eindhoven", "آیندهوون", "Noord-Brabant", "Eindhoven", 0.08, True),
    City("Tilburg", "تیلبورخ", "Noord-Brabant", "Eindhoven", 0.05, False),
    City("Maastricht", "ماستریخت", "Limburg", "Eindhoven", 0.05, False),
    City("Venlo", "فنلو", "Limburg", "Eindhoven", 0.03, False),
    City("Groningen", "خرونینگن", "Groningen", "Zwolle", 0.05, False),
    City("Zwolle", "زوله", "Overijssel", "Zwolle", 0.03, False),
)
STORES = frozenset(city.name for city in CITIES if city.store)

PRODUCTS = (
    Product("LL-101", "lanterns", "paper lantern", {"fa": "فانوس کاغذی"}, 24.95),
    Product("LL-102", "lanterns", "storm lantern", {"fa": "فانوس بادی"}, 49.00),
    Product("LL-103", "lanterns", "smart lantern", {"fa": "فانوس هوشمند"}, 119.00),
    Product("LL-201", "lamps", "brass table lamp", {"fa": "چراغ رومیزی برنجی"}, 89.00),
    Product("LL-202", "lamps", "floor lamp", {"fa": "چراغ پایه‌دار"}, 149.00),
    Product("LL-203", "lamps", "reading lamp", {"fa": "چراغ مطالعه"}, 64.50),
    Product("LL-301", "textiles", "wool throw", {"fa": "پتوی پشمی"}, 79.00),
    Product("LL-302", "textiles", "linen curtain", {"fa": "پردهٔ کتان"}, 112.00),
    Product("LL-303", "textiles", "cushion cover", {"fa": "روکش کوسن"}, 19.50),
    Product("LL-401", "rugs", "handwoven rug", {"fa": "قالیچهٔ دست‌باف"}, 329.00, slow=True),
    Product("LL-402", "rugs", "kilim runner", {"fa": "گلیم باریک"}, 189.00),
    Product("LL-501", "candles", "candle set", {"fa": "مجموعهٔ شمع"}, 14.95),
)
LANTERN = 2
"""Place of the smart lantern in the list of products."""
RUGS = (9, 10)

GENERATIONS = (("1928-1945", 0.05), ("1946-1964", 0.22), ("1965-1980", 0.27), ("1981-1996", 0.30), ("1997-2012", 0.16))

INDUSTRIES = ("hotels", "cafés", "theatres", "offices", "schools", "clinics")

HELP_CHANNELS = ("chat", "email", "voice", "messaging", "social")


@dataclass(frozen=True, slots=True)
class Place:
    """A touchpoint of the shop with the truth about it: how good it is by itself, and what customers expect there."""

    touchpoint: Touchpoint
    quality: float
    expected: float


def _place(
    key: str,
    stage: str,
    owner: str,
    name: str,
    persian: str,
    quality: float,
    expected: float,
    events: tuple[str, ...],
    *,
    pages: tuple[str, ...] = (),
    channels: tuple[str, ...] = (),
    form: str = "",
    weight: float = 1.0,
    norm: float | None = None,
) -> Place:
    where = {"channel": channels} if channels else {}
    if form:
        where["form"] = (form,)
    touchpoint = Touchpoint(
        key, name, stage, owner, weight, events, pages, where, norm=norm, target=round(expected), names={"fa": persian}
    )
    return Place(touchpoint, quality, expected)


_MESSAGES = ("Message Received", "Message Sent")
_CALLS = ("Call Started", "Call Held", "Call Transferred", "Call Ended")
_VIEWS = ("Page Viewed", "Screen Viewed")
_STEPS = ("Checkout Step Viewed", "Checkout Step Completed")

PLACES = (
    _place("social-ad", "discover", "marketing", "Social posts and advertisements", "نوشته‌ها و آگهی‌های شبکه‌های اجتماعی",
           66, 58, ("Promotion Viewed", "Promotion Clicked", "Product Shared"), channels=("social",), weight=0.4),
    _place("newsletter", "discover", "marketing", "Newsletter", "خبرنامه",
           64, 60, ("Email Opened", "Email Link Clicked"), channels=("email",), weight=0.4),
    _place("home-page", "discover", "marketing", "Home page", "صفحهٔ نخست",
           70, 66, _VIEWS, pages=("/home",), weight=0.5, norm=68),
    _place("search", "choose", "product", "Search and lists", "جست‌وجو و فهرست‌ها",
           67, 68, ("Products Searched", "Product List Viewed", "Product List Filtered"), weight=0.7, norm=70),
    _place("product-page", "choose", "product", "Product page", "صفحهٔ کالا",
           74, 70, ("Product Viewed", "Product Clicked"), channels=("web", "app"), norm=72),
    _place("showroom", "choose", "operations", "Showroom", "نمایشگاه فروشگاه",
           80, 74, ("Store Visited", "Product Tried"), channels=("store",)),
    _place("style-advice", "choose", "account", "Style advice by video", "مشاورهٔ تصویری چیدمان",
           84, 76, ("Appointment Booked", *_CALLS), channels=("video",)),
    _place("basket", "buy", "product", "Basket", "سبد خرید",
           72, 70, ("Product Added", "Product Removed", "Cart Viewed"), norm=72),
    _place("address-form", "buy", "product", "Address form", "فرم نشانی",
           69, 74, ("Checkout Started", "Form Error", *_STEPS), form="address", norm=74),
    _place("payment", "buy", "it", "Payment", "پرداخت",
           78, 78, ("Payment Info Entered", *_STEPS), form="payment", norm=78),
    _place("order", "buy", "product", "Order placed", "ثبت سفارش",
           77, 73, ("Order Completed",), channels=("web", "app"), weight=1.4),
    _place("till", "buy", "operations", "Till in the shop", "صندوق فروشگاه",
           81, 75, ("Order Completed",), channels=("store",), weight=1.2),
    _place("dispatch", "receive", "operations", "Packing", "بسته‌بندی",
           74, 70, ("Order Shipped",)),
    _place("carrier", "receive", "operations", "With the carrier", "در دست پیک",
           68, 70, ("Parcel With Carrier", "Delivery Attempted")),
    _place("delivery", "receive", "operations", "Delivery at the door", "تحویل در خانه",
           77, 81, ("Order Delivered",), weight=1.6, norm=78),
    _place("pick-up", "receive", "operations", "Pick-up in the shop", "تحویل در فروشگاه",
           82, 76, ("Order Picked Up",), channels=("store",)),
    _place("care-card", "use", "product", "Care card on the box", "کارت نگهداری روی جعبه",
           62, 60, ("Code Scanned", "Page Viewed"), pages=("/care",), weight=0.5),
    _place("smart-lantern", "use", "product", "Smart lantern", "فانوس هوشمند",
           76, 72, ("Reading Taken",), channels=("device",), weight=0.8),
    _place("my-home", "use", "product", "My home in the app", "خانهٔ من در برنامه",
           73, 70, ("Screen Viewed", "Room Planned"), pages=("/my",), weight=0.6),
    _place("help-centre", "get help", "it", "Help pages", "صفحه‌های راهنما",
           60, 64, _VIEWS, pages=("/help",), norm=66),
    _place("chat", "get help", "agent", "Chat", "گفت‌وگوی آنلاین",
           74, 72, ("Live Chat Conversation Started", "Live Chat Conversation Ended", *_MESSAGES), channels=("chat",), weight=1.2),
    _place("email", "get help", "agent", "E-mail", "ایمیل",
           66, 66, _MESSAGES, channels=("email",)),
    _place("phone", "get help", "agent", "Telephone", "تلفن",
           70, 74, _CALLS, channels=("voice",), weight=1.4, norm=72),
    _place("messaging", "get help", "agent", "Messaging apps", "پیام‌رسان‌ها",
           76, 72, _MESSAGES, channels=("messaging",)),
    _place("sms", "get help", "operations", "Text messages", "پیامک",
           70, 66, _MESSAGES, channels=("sms",), weight=0.4),
    _place("social-care", "get help", "marketing", "Help on social media", "پاسخ‌گویی در شبکه‌های اجتماعی",
           66, 64, _MESSAGES, channels=("social",), weight=0.6),
    _place("returns", "get help", "operations", "Returns", "بازگرداندن کالا",
           68, 70, ("Return Requested", "Order Refunded"), norm=70),
    _place("club", "renew", "marketing", "Lantern Club", "باشگاه فانوس",
           74, 70, ("Subscription Started", "Subscription Renewed"), weight=1.3),
    _place("invoice", "renew", "account", "Invoices", "صورت‌حساب‌ها",
           71, 74, ("Invoice Issued", "Invoice Paid")),
    _place("account-review", "renew", "account", "Account review", "بازبینی همکاری",
           76, 72, ("Account Reviewed",), weight=1.5),
    _place("farewell", "leave", "manager", "Leaving", "خداحافظی",
           48, 56, ("Subscription Cancelled", "Account Closed"), weight=1.2),
)  # fmt: skip

PLACE_OF = {place.touchpoint.key: number for number, place in enumerate(PLACES)}
"""Number of each touchpoint by its key."""

HOURS_ONLINE = (1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 3, 3.5, 4, 4, 4.5, 4, 3.5, 3.5, 4, 4.5, 5, 6.5, 8, 8, 5.5, 2.5)
"""Relative number of visits by the hour of the day."""
WEEKDAYS = (0.95, 0.9, 0.92, 0.95, 1.0, 1.15, 1.13)
MONTHS = (0.92, 0.88, 1.02, 0.93, 0.92, 0.88, 0.84, 0.88, 0.98, 1.06, 1.32, 1.37)
