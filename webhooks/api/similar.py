"""`/api/v1/tickets/similar` and what people say of what it found. Numbers are those that people see."""

from core.errors import InvalidInputError
from core.search.feedback import record_feedback, record_ticket_feedback
from core.search.models import SimilarVerdict
from core.search.values import Surface, Verdict
from webhooks.api.answers import similar_answer
from webhooks.api.schemas import SimilarList, SimilarQuestion, SimilarVerdictAnswer, SimilarVerdictBody
from webhooks.similar import show_similar
from webhooks.site import Visit


async def similar(visit: Visit, body: SimilarQuestion) -> SimilarList:
    """Completed public tickets that may already hold the answer, best first."""
    if not body.title.strip() and not body.description.strip():
        raise InvalidInputError("Nothing to compare.", field="title", mend="Give a title or a description.")
    showing, found = await show_similar(
        visit, title=body.title, description=body.description, limit=body.limit, surface=Surface.API, key=body.key
    )
    return SimilarList(showing=showing, items=[similar_answer(one) for one in found])


async def judge(visit: Visit, showing: int, number: int, body: SimilarVerdictBody) -> SimilarVerdictAnswer:
    """Say whether ticket `number` helped, of what `POST /tickets/similar` showed. The same again changes nothing."""
    async with visit.unit_of_work() as uow:
        given = await record_feedback(uow, showing_id=showing, number=number, verdict=Verdict(body.verdict))
        await uow.commit()
    return _answer(number, given)


async def judge_on_ticket(visit: Visit, number: int, similar: int, body: SimilarVerdictBody) -> SimilarVerdictAnswer:
    """Say whether ticket `similar`, shown on ticket `number`, helped. The same again changes nothing."""
    async with visit.unit_of_work() as uow:
        given = await record_ticket_feedback(uow, ticket=number, number=similar, verdict=Verdict(body.verdict))
        await uow.commit()
    return _answer(similar, given)


def _answer(number: int, given: SimilarVerdict) -> SimilarVerdictAnswer:
    return SimilarVerdictAnswer(number=number, verdict=given.verdict, given_at=given.given_at)
