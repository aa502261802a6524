"""What turns text into dense vectors: the local model, a provider, or nothing."""

import os

# Before numpy is first imported: its threads only pay on a machine of one's own. Beside an event loop, on cores that
# others use too, they wait for each other and everything takes several times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
