"""Joining the search for similar tickets: an embedder and an index."""

from collections.abc import Callable

import structlog

from config.settings import Settings
from core.clock import Clock
from core.db.engine import Database
from core.db.unit_of_work import Reading
from core.errors import TryAgainLaterError
from core.people.values import Actor
from core.search import model_files
from core.search.embedders.lexical import LexicalOnly
from core.search.embedders.remembering import Remembering
from core.search.generation import Generation
from core.search.ports import Embedder, VectorIndex
from core.search.search import Search
from core.search.values import LEXICAL

log = structlog.get_logger(__name__)

NO_MODEL = "none"  # as EMBEDDING_MODEL


async def build_search(
    settings: Settings,
    *,
    database: Database,
    reading: Callable[[Actor], Reading],
    clock: Clock,
    index: VectorIndex | None = None,
) -> Search:
    """The search as the settings want it, unless an index is given; not yet open."""
    embedder = Remembering(await build_embedder(settings, clock=clock))

    async def earlier(model: str) -> Generation | None:
        maker = await embedder_of(settings, model, clock=clock)
        if maker is None:
            return None
        remembering = Remembering(maker)
        index = build_index(settings, remembering)
        return Generation(database, remembering, index, precision=settings.similar_ticket_precision)

    return Search(
        database=database,
        reading=reading,
        embedder=embedder,
        index=index or build_index(settings, embedder),
        min_score=settings.similar_ticket_min_score,
        precision=settings.similar_ticket_precision,
        earlier=earlier,
    )


async def embedder_of(settings: Settings, model: str, *, clock: Clock) -> Embedder | None:
    """What made the vectors of an earlier model, where its files or its provider's key are still here."""
    if model == LEXICAL:
        return LexicalOnly()
    for folder in (settings.embedding_model_dir, model_files.default_folder(settings.data_dir)):
        if folder is not None and (folder / "model.safetensors").is_file():
            from core.search.embedders.minilm import MiniLm, model_name  # noqa: PLC0415 (needs numpy and the model)

            if model_name(folder) == model:
                return MiniLm(folder)
    if settings.openai_api_key is None:
        return None
    try:
        return await _remote_embedder(settings, model, clock=clock)
    except TryAgainLaterError as error:
        log.warning("search.earlier_model_away", model=model, reason=str(error))
        return None


async def build_embedder(settings: Settings, *, clock: Clock) -> Embedder:
    """OpenAI's with a key, else the local model where its files are, else none: search by words alone.

    Raises:
        TryAgainLaterError: the dimension of a model that is not OpenAI's own could not be asked for.
    """
    if settings.embedding_model == NO_MODEL:
        return LexicalOnly()
    if settings.openai_api_key is not None:
        return await _remote_embedder(settings, settings.embedding_model, clock=clock)
    folder = settings.embedding_model_dir or model_files.default_folder(settings.data_dir)
    if settings.embedding_model_dir is not None or model_files.is_complete(folder):
        from core.search.embedders.minilm import MiniLm  # noqa: PLC0415 (needs numpy and the model)

        return MiniLm(folder)
    return LexicalOnly()


async def _remote_embedder(settings: Settings, model: str, *, clock: Clock) -> Embedder:
    from core.search.embedders.openai import OpenAiEmbedder  # noqa: PLC0415 (only where a key is set)

    key = settings.openai_api_key
    remote = OpenAiEmbedder(
        api_key=key.get_secret_value() if key else "",
        model=model,
        base_url=settings.openai_base_url,
        clock=clock,
        masks=settings.ai_mask_personal_data,
    )
    await remote.learn_dimension()
    return remote


def build_index(settings: Settings, embedder: Embedder) -> VectorIndex:
    """A Qdrant server's where QDRANT_URL is set, else the embedded engine's under DATA_DIR."""
    if settings.qdrant_url is not None:
        from core.search.qdrant import QdrantIndex, connect  # noqa: PLC0415 (slow to import, only for a server)

        key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else ""
        return QdrantIndex(connect(settings.qdrant_url, key), model=embedder.model, dimension=embedder.dimension)
    from core.search.edge import EdgeIndex  # noqa: PLC0415 (only where the index is embedded)

    return EdgeIndex(settings.data_dir / "index", model=embedder.model, dimension=embedder.dimension)


def wants_local_model(settings: Settings) -> bool:
    """Whether the local model's files should be fetched before starting."""
    return (
        settings.embedding_model != NO_MODEL
        and settings.openai_api_key is None
        and settings.embedding_model_dir is None
        and not model_files.is_complete(model_files.default_folder(settings.data_dir))
    )
