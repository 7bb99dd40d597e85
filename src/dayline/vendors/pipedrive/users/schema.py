"""Users on Pipedrive's wire, API v1. No behaviour. Instants are ``YYYY-MM-DD HH:MM:SS`` in UTC."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class UserAccess(Struct, frozen=True, kw_only=True):
    """What a user may do in one of the vendor's applications; ``global`` with ``admin`` makes a global admin."""

    app: Literal["sales", "global"]
    admin: bool
    permission_set_id: str


class User(Struct, frozen=True, kw_only=True):
    """A user. Dayline knows nobody's currency, language, phone or last login: those are the same for all."""

    id: int
    name: str
    default_currency: Literal["USD"] = "USD"
    locale: Literal["en_US"] = "en_US"
    lang: Literal[1] = 1
    email: str
    phone: None = None
    activated: bool
    last_login: None = None
    created: str
    modified: str
    has_created_company: Literal[False] = False
    access: list[UserAccess]
    active_flag: bool
    timezone_name: Annotated[str, Meta(description="An IANA zone.")]
    timezone_offset: Annotated[str, Meta(description="The offset of that zone at the moment, such as `+02:00`.")]
    role_id: Literal[1] = 1
    icon_url: None = None
    is_you: bool
    is_deleted: Literal[False] = False


class Language(Struct, frozen=True, kw_only=True):
    """The language of the vendor's pages."""

    language_code: Literal["en"] = "en"
    country_code: Literal["US"] = "US"


class CurrentUser(User, frozen=True, kw_only=True):
    """The caller, with the account that he is in."""

    company_id: int
    company_name: str
    company_domain: str
    company_country: None = None
    company_industry: None = None
    language: Language = Language()


class UserSettings(Struct, frozen=True, kw_only=True):
    """What the vendor lets users choose for its pages; here it is the same for all."""

    marketplace_team: Literal[False] = False
    list_limit: Literal[100] = 100
    beta_app: Literal[False] = False
    prevent_salesphone_callto_override: Literal[False] = False
    file_upload_destination: Literal["local"] = "local"
    callto_link_syntax: Literal["tel:"] = "tel:"
    autofill_deal_expected_close_date: Literal[False] = False
    person_duplicate_condition: Literal["none"] = "none"


class AllQuery(Struct, frozen=True, kw_only=True):
    """There is one page; clients that ask for pages everywhere may."""

    start: Annotated[int, Meta(ge=0, description="Taken and ignored: there is one page.")] = 0
    limit: Annotated[int, Meta(ge=1, le=500, description="Taken and ignored.")] = 500


class FindQuery(Struct, frozen=True, kw_only=True):
    """Whom to look for."""

    term: Annotated[str, Meta(min_length=1, max_length=200, description="Part of the name, in any case.")]
    search_by_email: Annotated[
        bool, Meta(description="1 or true looks for the term in email addresses instead of names.")
    ] = False


class UserListResponse(Struct, frozen=True, kw_only=True):
    """Users by id; null where there are none."""

    success: Literal[True] = True
    data: list[User] | None


class UserResponse(Struct, frozen=True, kw_only=True):
    """One user."""

    success: Literal[True] = True
    data: User


class CurrentUserResponse(Struct, frozen=True, kw_only=True):
    """The caller."""

    success: Literal[True] = True
    data: CurrentUser


class UserSettingsResponse(Struct, frozen=True, kw_only=True):
    """The caller's settings."""

    success: Literal[True] = True
    data: UserSettings = UserSettings()
