"""Many machines: Celery carries wake-ups between processes, and the database decides who does what.

Chosen by settings alone: with `REPRISE_BROKER_URL` (Redis or RabbitMQ) every process that runs a clock
tells the queue what is due and hears what others tell. A message, `{"hand": "here", "step": "…"}`, says
that there is something to do for that kind of hand. Who hears it lets its engine look: the engine takes
the best steps that are due, as many as its hands are free, with the same claim as on one machine. Nothing
long happens inside a Celery task, so acknowledgements, visibility timeouts and time limits play no part,
and a message that is lost, doubled or late changes nothing:

- Lost: a step that was told of and still lies there is told of again after a minute, and each engine
  looks by itself every few seconds (`jobs.clock.POLL`).
- Doubled or late: whoever hears it finds nothing to take.
- No broker: a process that cannot tell of a due step lets its own engine look at once. Work goes on.

There is a queue for each kind of hand, so that minutes of rendering never stand before a short talk with
a vendor or an answer that somebody waits for. A process whose hands of a kind are all busy stops listening
to that queue: the message stays for a machine that is free. A queue never holds more than `DEEP` messages.

Workers (`python -m jobs worker`) have every kind of hand. The process that serves the pages, with a broker
set, only answers the director's chat: people wait for that, it is light, and rendering would slow the pages.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from celery import Celery
from celery.worker import WorkController, state
from kombu.asynchronous import set_event_loop
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from core.domain.errors import BadInput, Broken
from core.services import queueing
from core.services.studio import Studio
from core.services.workshop import Hand

Answer = TypeVar("Answer")

log = logging.getLogger("reprise.queue")

AGAIN = 5.0
"""Seconds until a listener that failed is replaced, and between two checks of what it hears."""
LOOK = 0.5
"""Seconds between two looks for steps that nobody was told of: those whose time has come."""
DEEP = 128
"""Messages in a queue that nobody hears: more would wake nobody else."""
PATIENCE = 3.0
"""Seconds that a broker may take to answer."""
FAREWELL = 5.0
"""Seconds that the listener may take to end."""

QUEUES: dict[Hand, str] = {"here": "reprise.here", "vendor": "reprise.vendor", "reply": "reprise.reply"}
WAKE = "reprise.wake"
OPTIONS: dict[str, dict[str, Any]] = {
    "redis": {
        "socket_connect_timeout": PATIENCE,
        "socket_timeout": PATIENCE,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "priority_steps": [0],
        # what a process that is killed had heard may be lost, so the broker need not note who has it
        "ack_emulation": False,
    },
    "amqp": {},
}
"""Of each transport."""
SCHEMES = {"redis": "redis", "rediss": "redis", "amqp": "amqp", "amqps": "amqp", "pyamqp": "amqp"}


class Unreachable(Broken):
    """The broker."""


class Cluster:
    """One process's part in it: what is due is told, and what others tell wakes `studio.wake`.

    `look` lets this process's engine look. One in a process: Celery keeps state of its own.
    """

    def __init__(self, studio: Studio, hands: Collection[Hand], look: Callable[[], None]) -> None:
        self.dispatcher = Dispatcher(studio, look)
        self.listener = Listener(studio.settings.broker_url, hands, studio.wake.set)

    def start(self) -> None:
        """Starts both threads; whether the broker answers shows later."""
        self.dispatcher.start()
        self.listener.start()

    def after_look(self, free: Collection[Hand]) -> None:
        """The engine has looked: these hands are still free, and what it left is for others."""
        self.listener.listen(free)
        self.dispatcher.nudge()

    def stop(self) -> None:
        """Stops hearing and telling."""
        self.listener.stop()
        self.dispatcher.stop()


class Dispatcher:
    """Tells the queue of steps that are due, each once a minute at most."""

    def __init__(self, studio: Studio, look: Callable[[], None]) -> None:
        self.studio, self.look = studio, look
        self.post = Post(studio.settings.broker_url)
        self._due, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        self._trouble = ""

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def nudge(self) -> None:
        """Something may be due now."""
        self._due.set()

    def stop(self) -> None:
        """Ends the thread."""
        self._stopped.set()
        self._due.set()
        if self._thread.is_alive():
            self._thread.join(FAREWELL)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.round()
            self._due.wait(LOOK)
            self._due.clear()
        self.post.close()

    def round(self) -> None:
        """Tells of what is due. A broker or a database that is away is logged once; the next round tries again."""
        try:
            for hand, steps in queueing.untold(self.studio).items():
                if steps:
                    self._tell(hand, steps)
        except Unreachable as error:
            self._say(error)
            self.look()  # nobody can be told: what can be done here is done here
        except Broken as error:
            self._say(error)

    def _tell(self, hand: Hand, steps: list[str]) -> None:
        room = DEEP - self.post.depth(hand)
        if self._trouble:
            self._trouble = ""
            log.info("the queue answers again")
        if room <= 0:
            return
        told = queueing.announce(self.studio, steps[:room])
        try:
            self.post.send(hand, told.steps)
        except Unreachable:
            queueing.retract(self.studio, told)
            raise

    def _say(self, error: Broken) -> None:
        if error.message != self._trouble:
            self._trouble = error.message
            log.warning("%s", error.sentence)


class Post:
    """The way to the broker: messages go in. For one thread."""

    def __init__(self, url: str) -> None:
        self._app = celery_app(url)
        self._connection: Connection | None = None

    def depth(self, hand: Hand) -> int:
        """Messages that nobody has heard yet. Unreachable."""

        def ask(connection: Connection) -> int:
            channel: Any = connection.default_channel
            return int(channel.queue_declare(queue=QUEUES[hand], durable=True, auto_delete=False).message_count)

        return self._reached(ask)

    def send(self, hand: Hand, steps: Collection[str]) -> None:
        """A message for each step. Unreachable; some may have gone by then."""

        def send(connection: Connection) -> None:
            producer = self._app.amqp.Producer(connection.default_channel, auto_declare=False)
            for step in steps:
                said = {"hand": hand, "step": step}
                self._app.send_task(
                    WAKE, kwargs=said, queue=QUEUES[hand], producer=producer, retry=False, ignore_result=True
                )

        self._reached(send)

    def close(self) -> None:
        """Lets go of the connection."""
        connection: Any = self._connection
        self._connection = None
        if connection is not None:
            connection.collect(socket_timeout=1)

    def _reached(self, ask: Callable[[Connection], Answer]) -> Answer:
        if self._connection is None:
            self._connection = self._app.connection_for_write()
        errors = (*self._connection.connection_errors, *self._connection.channel_errors, OperationalError)
        try:
            self._connection.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE)
            return ask(self._connection)
        except errors as error:
            self.close()
            raise Unreachable(
                "The queue does not answer; work goes on without it, more slowly.",
                "See that the broker of REPRISE_BROKER_URL runs and can be reached.",
            ) from error


class Listener:
    """A Celery worker in a thread of this process: it hears messages, and each of them is only a wake-up.

    It is Celery's worker without its program: no signals, no logging, no processes of its own.
    """

    def __init__(self, url: str, hands: Collection[Hand], wake: Callable[[], None]) -> None:
        self._app = celery_app(url)
        self._hands = frozenset(hands)
        self._wanted = self._hands
        self._turned = 0.0
        self._consumer: Any = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

        def heard(hand: str, step: str) -> None:
            log.debug("heard of step %s for a hand: %s", step, hand)
            wake()

        self._app.task(heard, name=WAKE, shared=False)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def listen(self, free: Collection[Hand]) -> None:
        """Hears only of work for these hands from now on."""
        wanted, now = self._hands & frozenset(free), time.monotonic()
        consumer = self._consumer
        if consumer is None or (wanted == self._wanted and now - self._turned < AGAIN):
            return
        self._wanted, self._turned = wanted, now
        consumer.call_soon(self._turn, consumer)

    def _turn(self, consumer: Any) -> None:
        """In Celery's thread: begins and ends to hear, so that it is as wanted; after a broken connection too."""
        tasks = consumer.task_consumer
        if tasks is None:
            return
        for hand in self._hands:
            heard = tasks.consuming_from(QUEUES[hand])
            if hand in self._wanted and not heard:
                consumer.add_task_queue(QUEUES[hand])
            elif heard and hand not in self._wanted:
                consumer.cancel_task_queue(QUEUES[hand])

    def stop(self) -> None:
        """Stops hearing, within `FAREWELL`."""
        self._stopped.set()
        state.should_stop = 0
        if self._consumer is not None:
            self._consumer.call_soon(lambda: None)  # so that it looks up
        if self._thread.is_alive():
            self._thread.join(FAREWELL)
        state.should_stop = None

    def _run(self) -> None:
        """Hears until it is stopped; a listener that fails in a way that Celery does not mend is replaced."""
        self._app.set_current()  # of this thread: Celery looks for its tasks there
        while not self._stopped.is_set():
            set_event_loop(None)
            self._wanted = self._hands
            WorkController(
                app=self._app,
                pool="solo",
                concurrency=1,
                queues=[QUEUES[hand] for hand in self._hands],
                ready_callback=self._ready,
                without_mingle=True,
                without_gossip=True,
                without_heartbeat=True,
            ).start()
            self._consumer = None
            self._stopped.wait(AGAIN)

    def _ready(self, consumer: Any) -> None:
        self._consumer = consumer


def celery_app(url: str) -> Celery:
    """Celery on that broker: JSON only, no results, nothing of it on disk. BadInput when it is no address for it."""
    kind = SCHEMES.get(url.partition("://")[0])
    if kind is None:
        raise BadInput(
            "The address of the queue cannot be used.",
            "Correct REPRISE_BROKER_URL: redis://host:6379/0 or amqp://user:password@host//.",
        )
    for name in ("celery.worker.consumer", "kombu", "amqp"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a broker that is away is said once, by the dispatcher
    logging.getLogger("celery").setLevel(logging.ERROR)
    queue_named: Any = Queue
    app = Celery("reprise", broker=url, set_as_current=False, fixups=[])
    app.conf.update(
        task_queues=[queue_named(name, routing_key=name) for name in QUEUES.values()],
        task_create_missing_queues=False,
        task_default_delivery_mode="transient",
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        result_backend=None,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=PATIENCE,
        broker_heartbeat=10,
        broker_pool_limit=1,
        broker_transport_options=OPTIONS[kind],
        worker_cancel_long_running_tasks_on_connection_loss=True,  # there are none, and unsaid it is warned of
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        enable_utc=True,
    )
    return app
