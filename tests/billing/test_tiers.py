import pytest

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import NotAllowed
from oneclick.audit.models import AuditEvent
from oneclick.billing.errors import TierNotAvailable
from oneclick.billing.services import choose_tier, current_tier, is_entitled
from oneclick.billing.tiers import BASIC, BUILT, CATALOG, FILES, PREMIUM, SQL, TIERS, offer
from tests.accounts.conftest import signed_in
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def all_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BUILT, "_entries", dict(BUILT._entries))
    for feature in PREMIUM.features:
        offer(feature)


def test_what_is_built_has_said_so() -> None:
    assert FILES.is_there
    assert SQL.is_there
    assert not CATALOG.is_there


def test_premium_holds_all_of_basic() -> None:
    assert set(BASIC.features) < set(PREMIUM.features)


def test_premium_cannot_be_chosen_before_what_it_adds_is_there(cast: Cast) -> None:
    with pytest.raises(TierNotAvailable, match="in preparation"):
        choose_tier(cast.admin, "premium")

    assert current_tier(cast.admin) is BASIC


@pytest.mark.usefixtures("all_built")
def test_premium_can_be_chosen_once_it_is(cast: Cast) -> None:
    assert not is_entitled(cast.admin, CATALOG)

    choose_tier(cast.admin, "premium")

    assert is_entitled(cast.reader, CATALOG)
    assert not is_entitled(cast.outsider, CATALOG)
    assert AuditEvent.objects.get(action="plan.chosen").detail == {"tier": "premium"}


def test_only_admins_choose(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        choose_tier(cast.member, "basic")


def test_a_plan_that_does_not_exist_is_named(cast: Cast) -> None:
    with pytest.raises(TierNotAvailable, match="'gold'"):
        choose_tier(cast.admin, "gold")


def test_a_plan_of_another_version_counts_as_basic(cast: Cast) -> None:
    Organisation.objects.filter(id=cast.organisation.id).update(tier="of old")

    assert current_tier(cast.admin) is BASIC


@pytest.mark.usefixtures("all_built")
def test_an_admin_changes_the_plan_on_its_page(cast: Cast) -> None:
    page = signed_in(cast.admin).post("/plan", {"tier": "premium"}, follow=True)

    assert "Your plan is Premium now." in page.content.decode()
    assert "An admin of your organisation" in signed_in(cast.member).get("/plan").content.decode()


def test_the_api_says_what_each_plan_holds(cast: Cast) -> None:
    found = signed_in(cast.reader).get("/api/tiers").json()

    assert [each["key"] for each in found] == [tier.key for tier in TIERS]
    assert [each["is_current"] for each in found] == [True, False]
    there = {feature["key"] for feature in found[1]["features"] if feature["is_there"]}
    assert there == {"warehouse", "files", "sql", "databases", "apis"}
