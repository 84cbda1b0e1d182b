"""The composition root of the window: builds everything once and passes it in."""

import gc
import importlib
import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSocketNotifier, QTimer

from app import __version__
from app import documents as files
from app.core.errors import AppError
from app.core.settings import Settings
from app.desktop.hotkey import Hotkey
from app.desktop.motion import wants_reduced_motion
from app.desktop.player.player import Player
from app.desktop.second_start import Request
from app.documents.reader import READER_VERSION
from app.documents.reader.client import Reader
from app.engine.client import Engine
from app.models.catalogue import BUNDLED, load_catalogue
from app.models.library import InstalledModel, Library, model_folders, own_folders
from app.models.places import usual_places
from app.session.chats import Chats
from app.session.desk import Desk
from app.session.dictation import Dictation
from app.session.documents import Documents
from app.session.downloads import Downloads
from app.session.engine_thread import EngineThread
from app.session.hearing import Hearing
from app.session.jobs import Jobs
from app.session.machine import Machine
from app.session.models import ModelShelf
from app.session.offers import Offers
from app.session.paces import Paces
from app.session.preferences import Preferences
from app.session.preview import Preview
from app.session.recorder import Recorder
from app.session.speech import Speech
from app.session.speeds import Speeds
from app.session.talking import Talking
from app.session.thumbnails import Thumbnails
from app.session.welcome import Welcome
from app.storage.blobs import BlobStore
from app.storage.conversations import Conversations
from app.storage.database import Database
from app.storage.download_file import DownloadFile
from app.storage.extractions import ExtractionStore
from app.storage.pace_file import PaceFile
from app.storage.paths import Paths
from app.storage.readings import ReadingFiles
from app.storage.settings_file import SettingsFile
from app.storage.states import StateFiles
from app.ui.alone import tell_alone
from app.ui.app_icon import app_icon
from app.ui.application import Application
from app.ui.crash import CrashFile
from app.ui.dialogs.dialogs import Dialogs
from app.ui.model_news import ModelNews
from app.ui.presence import Presence
from app.ui.preview.pictures import decode
from app.ui.shooting import Shooting
from app.ui.start_trace import StartTrace
from app.ui.theme.theme import Theme
from app.ui.tray import Tray
from app.ui.window import MainWindow

if TYPE_CHECKING:
    from app.desktop.microphone.microphone import Microphone

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
_MAC_DPI, _USUAL_DPI = 72.0, 96.0
_MICROPHONE = "app.desktop.microphone.microphone"


def run_window(arguments: Namespace, paths: Paths, request: Request) -> int:
    """Open the window, or stay without one if ``request`` wants none; return the exit code once
    the program has been ended.

    ``paths`` have been created, and nobody else has their lock; ``arguments`` are those of the
    command line. AppError if the database can't be used at all; it has been shown, too, to somebody
    who has no terminal.
    """
    try:
        return _run(arguments, paths, request)
    except AppError as error:
        tell_alone(error)
        raise


def _run(arguments: Namespace, paths: Paths, request: Request) -> int:
    trace = StartTrace()
    crashes = CrashFile(paths.log_dir / "crash.txt")
    crashes.install(__version__)
    app = _application()
    settings_file = SettingsFile(paths.settings)
    jobs = Jobs()
    preferences = Preferences(settings_file, jobs)
    database = Database.open(paths.database)
    blobs = BlobStore(paths.blobs)
    engine = EngineThread(Engine(paths.engine_log))
    catalogue = load_catalogue((BUNDLED, paths.config_dir / "models.json"))
    opened = preferences.settings.opened_models
    library = Library(
        model_folders(paths.models_dir),
        catalogue,
        opened,
        own=own_folders(paths.models_dir),
        elsewhere=usual_places,
    )
    shelf = ModelShelf(engine, library, preferences, jobs, paths.states)
    paces = Paces(PaceFile(paths.paces), shelf, jobs)
    machine = Machine(engine, jobs, paths.models_dir)
    speeds = Speeds(paces, shelf, machine, catalogue, preferences, jobs)
    downloads = Downloads(
        catalogue, paths.models_dir, DownloadFile(paths.downloads), preferences, jobs
    )
    offers = Offers(shelf, machine, downloads, speeds, catalogue, preferences, jobs)
    documents = Documents(
        Reader(log=paths.reader_log),
        ExtractionStore(paths.extracts, READER_VERSION),
        lambda: files.Index(paths.passages),
        blobs,
        paths.looks,
        jobs,
    )
    desk = Desk(
        conversations=Conversations(database),
        blobs=blobs,
        thumbnails=Thumbnails(paths.thumbnails, blobs, jobs),
        jobs=jobs,
        engine=engine,
        shelf=shelf,
        preferences=preferences,
        paces=paces,
        states=StateFiles(paths.states),
        documents=documents,
        readings=ReadingFiles(paths.readings),
    )
    chats = Chats(desk)
    welcome = Welcome(preferences, chats, shelf, downloads)
    theme = _theme(app, preferences, jobs)
    app.setWindowIcon(app_icon(theme))
    hotkey = Hotkey()
    dialogs = Dialogs(theme, preferences, shelf, hotkey, jobs, paths, RESOURCES)
    engine.hello.connect(dialogs.engine_started)
    preview = Preview(documents, jobs, paths.cache_dir / "opened", decode)
    window = MainWindow(
        theme, chats, shelf, preferences, dialogs, offers, downloads, hotkey, preview
    )
    tray = Tray(theme, shelf, hotkey, downloads)
    presence = Presence(window, tray, dialogs, preferences, hotkey, downloads)
    recorder = Recorder(_microphone, preferences, jobs)
    hearing = Hearing(shelf, Dictation(engine, shelf), catalogue)
    talking = Talking(recorder, Speech(desk, hearing), Player(), jobs)
    window.page.set_talking(talking)
    dialogs.recorder, dialogs.player = recorder, talking.player
    window.documents.player = talking.player
    shooting = Shooting(theme, desk, chats, paths.captures, window, talking)
    news = ModelNews(window.pages, shelf, downloads, preferences)

    speeds.slow.connect(news.suggest)
    downloads.problem.connect(window.show_model_problem)
    engine.died.connect(window.engine_died)
    app.quitting.connect(presence.leave)
    hotkey.pressed.connect(shooting.shoot)
    tray.shoot_wanted.connect(shooting.shoot_soon)
    window.shoot_wanted.connect(shooting.shoot_others)
    shooting.problem.connect(presence.tell)
    recorder.light_changed.connect(tray.set_listening)
    talking.player.failed.connect(window.show_problem)
    window.page.settings_wanted.connect(window.open_settings)
    shooting.models_wanted.connect(presence.show_models)
    shooting.chat_wanted.connect(presence.show_chat)

    def carry_out(request: Request) -> None:
        """What this start or a later one is for."""
        if request.kind == "shoot":
            shooting.shoot()
        elif request.kind != "hide":
            presence.show_window(request.token)
            window.take_files(request.files)

    def greet() -> None:
        # Not above: it is seen once, and no other start should wait for it.
        from app.ui.first_run.first_run import FirstRun

        first_run = FirstRun(theme, machine, offers, downloads, shelf, welcome, hotkey, window)
        first_run.models_wanted.connect(window.open_models)
        first_run.open_file_wanted.connect(window.open_model)
        window.show_first_run(first_run)

    def moved(model: InstalledModel, before: str) -> None:
        if not window.greeting:  # which tells it itself
            news.tell_move(model, before)

    window.first_run_wanted.connect(greet)
    welcome.moved.connect(moved)
    welcome.arrived.connect(news.tell_arrival)
    if welcome.needed:
        greet()
    windowless = request.kind in ("shoot", "hide") and not window.greeting

    def begin() -> None:
        """What can wait until there is something to see."""
        engine.start()
        shelf.start(load=request.kind != "hide")
        if window.greeting:
            shelf.rescan()  # a model of another program would spare a download
        if request.kind == "shoot" and windowless:
            shooting.shoot()
        trace.reached("ready")
        # The first message will need it; until then nobody should wait for it.
        jobs.run(lambda: importlib.import_module("app.ui.chat_view"), lambda _module: warm_up())

    def tell_what_was() -> None:
        for problem in (settings_file.problem, database.problem):
            if problem is not None:
                window.show_problem(problem)
        if crashes.previous:
            dialogs.crash(window, crashes.previous)

    def listen(_module: object) -> None:
        # Not above: its library takes a moment, and nobody waits for it.
        from app.desktop.single_instance import SingleInstance

        instance = SingleInstance(paths.data_dir, app)
        instance.asked.connect(carry_out)
        app.aboutToQuit.connect(instance.close)

    def read_aloud(_module: object) -> None:
        # Not above: what it reads is Markdown, which no start should wait for.
        from app.desktop.voices.speaker import system_speaker
        from app.session.hands_free import HandsFree
        from app.session.read_aloud import ReadAloud

        dialogs.aloud = aloud = ReadAloud(preferences, jobs, system_speaker)
        window.page.set_aloud(aloud)
        if (voice := window.page.composer.voice) is not None:
            window.page.set_hands_free(
                HandsFree(recorder, chats, aloud, voice.begin, voice.talk.send, window)
            )
        recorder.changed.connect(lambda: aloud.stop() if recorder.recording else None)

    def search_by_meaning(_module: object) -> None:
        # Not above: it brings numpy.
        from app.documents.meaning import Vectors
        from app.session.meaning import Meaning

        documents.meaning = Meaning(
            engine, shelf, jobs, library.embedder, partial(Vectors, paths.vectors)
        )

    def warm_up() -> None:
        # First, for somebody may have started Facet to press it.
        _join_desktop(hotkey, arguments.data_dir, preferences, jobs, presence.tell)
        jobs.run(lambda: importlib.import_module("app.desktop.single_instance"), listen)
        window.page.warm_up()
        for soon in ("app.documents.search", "app.ui.preview.pane"):
            jobs.run(partial(importlib.import_module, soon))
        jobs.run(lambda: importlib.import_module("app.session.meaning"), search_by_meaning)
        jobs.run(lambda: importlib.import_module("app.session.read_aloud"), read_aloud)
        machine.probe()
        downloads.begin()
        presence.begin()
        shooting.prepare()
        jobs.run(lambda: importlib.import_module(_MICROPHONE), lambda _module: recorder.warm_up())
        # What exists by now stays; looking through it again would cost 20 ms amid an answer.
        gc.freeze()
        if preferences.settings.reduced_motion == "system":
            jobs.run(wants_reduced_motion, theme.set_reduced_motion)

    def model_state() -> None:
        if shelf.state == "ready":
            trace.reached("model_ready")

    shelf.state_changed.connect(model_state)
    window.painted.connect(lambda: trace.reached("first_paint"))
    if windowless:
        QTimer.singleShot(0, app, begin)
    else:
        window.painted.connect(begin)
    window.painted.connect(tell_what_was)
    if not windowless:
        window.show()
    if not window.greeting:
        window.page.focus_composer()
    if request.files:
        window.take_files(request.files)
    notifier = _quit_on_signals(app)
    code = app.exec()

    notifier.setEnabled(False)
    window.hide()
    tray.hide()
    hotkey.close()
    shooting.close()
    recorder.close()
    if dialogs.aloud is not None:
        dialogs.aloud.close()
    talking.player.close()
    downloads.close()
    chats.close()
    documents.close()
    preferences.close()
    jobs.close()
    engine.shut_down()
    database.close()
    crashes.close()
    return code


def _microphone() -> "Microphone":
    # Not above: it brings numpy, for which no start should wait.
    from app.desktop.microphone.microphone import Microphone

    return Microphone()


def _application() -> Application:
    there = Application.instance()
    app = there if isinstance(there, Application) else Application(sys.argv[:1])
    app.setApplicationName("facet")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("facet")
    return app


def _theme(app: Application, preferences: Preferences, jobs: Jobs) -> Theme:
    """The theme as the settings want it, now and after each change of them."""
    settings = preferences.settings
    theme = Theme(
        app,
        RESOURCES,
        mode=settings.theme,
        text_scale=_text_scale(app, settings),
        reduced_motion=settings.reduced_motion == "on",
    )

    def follow(before: Settings, after: Settings) -> None:
        theme.set_mode(after.theme)
        theme.set_text_scale(_text_scale(app, after))
        if before.reduced_motion != after.reduced_motion:
            if after.reduced_motion == "system":
                jobs.run(wants_reduced_motion, theme.set_reduced_motion)
            else:
                theme.set_reduced_motion(after.reduced_motion == "on")

    preferences.changed.connect(follow)
    return theme


def _join_desktop(
    hotkey: Hotkey,
    data_dir: Path | None,
    preferences: Preferences,
    jobs: Jobs,
    tell: Callable[[AppError], object],
) -> None:
    """Take the shortcut and start with the system as the settings want it, now and after each
    change of them. ``data_dir`` is that of the command line, if it named one."""
    # Not above: nothing of it is needed before there is something to see.
    from app.desktop.autostart import autostart_here, launch_here

    autostart = autostart_here(launch_here(data_dir))

    def follow(before: Settings, after: Settings) -> None:
        if after.hotkey != before.hotkey:
            hotkey.set_chord(after.hotkey)
        if after.autostart != before.autostart:
            jobs.run(lambda: autostart.set(after.autostart), failed=refused)

    def refused(error: Exception) -> None:
        if not isinstance(error, AppError):
            raise error
        preferences.change(autostart=False)
        tell(error)

    def repaired(there: bool) -> None:
        preferences.change(autostart=there)  # it may have been taken away by the system's means

    preferences.changed.connect(follow)
    jobs.run(hotkey.load, lambda _none: hotkey.set_chord(preferences.settings.hotkey))
    if preferences.settings.autostart:
        jobs.run(autostart.repair, repaired, refused)


def _text_scale(app: Application, settings: Settings) -> float:
    """How large text is: as set, else as the system has it."""
    if settings.text_percent:
        return settings.text_percent / 100
    usual = _MAC_DPI if sys.platform == "darwin" else _USUAL_DPI
    return min(2.0, max(1.0, app.primaryScreen().logicalDotsPerInch() / usual))


def _quit_on_signals(app: Application) -> QSocketNotifier:
    """Close the window properly on Ctrl+C in the terminal and on SIGTERM.

    The signal's number, written to a socket, wakes Qt, which then closes its windows in an event
    of its own. Python's handler does nothing: it runs between any two instructions, also in the
    middle of painting the window that it would close.
    """
    reader, writer = socket.socketpair()
    for end in (reader, writer):
        end.setblocking(False)
    signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read, app)

    def quit_if_asked() -> None:
        if not {signal.SIGINT, signal.SIGTERM}.isdisjoint(reader.recv(64)):
            app.quit()

    def close() -> None:  # keeps both ends alive as long as the notifier: Qt holds no sockets
        signal.set_wakeup_fd(-1)
        reader.close()
        writer.close()

    notifier.activated.connect(quit_if_asked)
    notifier.destroyed.connect(close)
    return notifier
