"""Questions about products: asked and answered as oneself, moderated, shown and counted."""

from __future__ import annotations

from typing import Any

from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.members import service as members
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.http import routes
from shangmai.modules.storefront.service import questions as service
from tests.routes import reading
from tests.storefront.conftest import Mall


async def shopper(mall: Mall, phone: str = "13800138000") -> Actor:
    made = await mall.world.act("members.register", {"shop_id": mall.world.shop_id, "phone": phone})
    return members.actor_of_customer(made.customer_id, ShopId(mall.world.shop_id))


async def shipped_to(mall: Mall, who: Actor, code: str) -> Any:
    lines = [{"sku_id": mall.skus[code], "qty": 1}]
    given = {"shop_id": mall.world.shop_id, "lines": lines, "customer_id": who.id}
    order = await mall.world.act("orders.place", given)
    await mall.world.pay(order)
    await mall.world.ship(order)
    return order


async def ask(mall: Mall, who: Actor, text: str = "会掉色吗？", code: str = "A") -> Any:
    given = {"product_id": mall.products[code], "text": text}
    return await mall.world.act("storefront.ask_question", given, actor=who)


async def shown(mall: Mall) -> list[tuple[str, list[tuple[str, str]]]]:
    answer = await mall.client.get(f"/api/v1/storefront/products/{mall.products['A']}/questions")
    said = [(each["text"], [(a["by"], a["text"]) for a in each["answers"]]) for each in answer.json()["items"]]
    page = (await mall.page("A"))["questions"]
    assert (page["count"], page["answered"]) == (len(said), sum(bool(answers) for _, answers in said))
    assert [each["text"] for each in page["newest"]] == [text for text, _ in said[:3]]
    return said


def clerk(mall: Mall) -> Actor:
    scopes = {"shop": frozenset({mall.world.shop_id})}
    return Actor(id=new_id(), kind="user", name="c", grants=frozenset({"storefront.moderate_question"}), scopes=scopes)


async def refused(mall: Mall, name: str, given: dict[str, Any], who: Actor) -> str:
    answer = await mall.world.answer(name, given, actor=who)
    assert answer.error is not None
    return answer.error.code


class TestAsking:
    async def test_asked_and_answered_by_buyers_and_the_shop(self, mall: Mall) -> None:
        await mall.goods("A", "杯子")
        await mall.settle()
        asker, buyer = await shopper(mall), await shopper(mall, "13900139000")
        order = await shipped_to(mall, buyer, "A")
        question = await ask(mall, asker)
        assert (question.status, question.customer_id) == ("approved", asker.id)
        said = {"question_id": question.id, "order_id": order.id, "line": 1, "text": " 不掉 "}
        await mall.world.act("storefront.answer_as_buyer", said, actor=buyer)
        official = {"question_id": question.id, "text": "不会的"}
        await mall.world.act("storefront.answer_for_shop", official, actor=clerk(mall))
        await ask(mall, asker, "多重？")
        assert await shown(mall) == [("多重？", []), ("会掉色吗？", [("shop", "不会的"), ("buyer", "不掉")])]

    async def test_only_who_bought_this_product_answers_as_a_buyer(self, mall: Mall) -> None:
        await mall.goods("A", "杯子")
        await mall.goods("B", "茶壶")
        await mall.settle()
        asker, buyer = await shopper(mall), await shopper(mall, "13900139000")
        order = await shipped_to(mall, buyer, "B")
        question = await ask(mall, asker)
        said = {"question_id": question.id, "order_id": order.id, "line": 1, "text": "不掉"}
        name = "storefront.answer_as_buyer"
        assert await refused(mall, name, said, buyer) == "storefront.NotBought"
        assert await refused(mall, name, said, asker) == "storefront.NotBought"
        assert await refused(mall, name, said | {"question_id": new_id()}, buyer) == "storefront.QuestionNotFound"
        assert await refused(mall, name, said, clerk(mall)) == "kernel.NotGranted"
        assert await mall.world.count("storefront_answers") == 0

    async def test_only_about_what_is_shown_and_not_without_end(self, mall: Mall) -> None:
        await mall.goods("A", "杯子")
        await mall.settle()
        me = await shopper(mall)
        given = {"product_id": new_id(), "text": "会掉色吗？"}
        assert await refused(mall, "storefront.ask_question", given, me) == "storefront.ProductNotShown"
        for n in range(service.WRITTEN_MAX):
            await ask(mall, me, f"问题 {n}")
        given = {"product_id": mall.products["A"], "text": "又一个"}
        assert await refused(mall, "storefront.ask_question", given, me) == "storefront.TooManyQuestions"
        assert await mall.world.count("storefront_questions") == service.WRITTEN_MAX


class TestModerating:
    async def test_what_is_held_is_shown_when_somebody_says_so(self, mall: Mall, db: Database) -> None:
        await mall.goods("A", "杯子")
        await mall.settle()
        me, staff = await shopper(mall), clerk(mall)
        held = await ask(mall, me, "加微信聊？")
        assert (held.status, held.held_for) == ("pending", ("加微信",))
        assert await shown(mall) == []
        async with reading(db, routes, staff) as client:
            waiting = (await client.get("/api/v1/storefront/questions")).json()["items"]
        assert [each["question"]["id"] for each in waiting] == [str(held.id)]
        decide = {"question_id": held.id, "approve": True}
        await mall.world.act("storefront.moderate_question", decide, actor=staff)
        assert await shown(mall) == [("加微信聊？", [])]
        await mall.world.act("storefront.moderate_question", decide | {"approve": False, "reason": "广告"}, actor=staff)
        assert await shown(mall) == []

    async def test_an_answer_is_hidden_alone(self, mall: Mall) -> None:
        await mall.goods("A", "杯子")
        await mall.settle()
        buyer = await shopper(mall)
        order = await shipped_to(mall, buyer, "A")
        question = await ask(mall, buyer)
        said = {"question_id": question.id, "order_id": order.id, "line": 1, "text": "不掉"}
        answer = await mall.world.act("storefront.answer_as_buyer", said, actor=buyer)
        hide = {"answer_id": answer.id, "approve": False, "reason": "不实"}
        await mall.world.act("storefront.moderate_answer", hide, actor=clerk(mall))
        assert await shown(mall) == [("会掉色吗？", [])]
        assert await refused(mall, "storefront.moderate_answer", hide | {"answer_id": new_id()}, clerk(mall)) == (
            "storefront.AnswerNotFound"
        )

    async def test_of_another_shop_is_not_found(self, mall: Mall) -> None:
        await mall.goods("A", "杯子")
        await mall.settle()
        question = await ask(mall, await shopper(mall))
        grants = frozenset({"storefront.*"})
        elsewhere = Actor(id=new_id(), kind="user", name="e", grants=grants, scopes={"shop": frozenset({new_id()})})
        decide = {"question_id": question.id, "approve": False}
        assert await refused(mall, "storefront.moderate_question", decide, elsewhere) == "storefront.QuestionNotFound"
        assert await shown(mall) == [("会掉色吗？", [])]
