"""One window for one data folder: two would overwrite each other's chats and drafts."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from app.desktop.second_start import HEAD, LIMIT, TAKEN, addresses, is_answered, unpacked

_WITHIN_MS = 5000  # in which a request has to be complete
_AT_ONCE = 16  # connections


class SingleInstance(QObject):
    """Hears what later starts with the same data folder want. ``asked`` carries a ``Request``."""

    asked = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        """For the start that has the lock of ``folder``. Where nothing can be listened to, later
        starts say that Facet does not answer."""
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setMaxPendingConnections(_AT_ONCE)
        self._server.newConnection.connect(self._welcome)
        for address in addresses(folder):
            # What a program left that was killed is in the way; a living one's is not ours.
            if not is_answered(address):
                QLocalServer.removeServer(address)
                if self._server.listen(address):
                    break

    @property
    def address(self) -> str:
        """Where it listens; "" for nowhere."""
        return self._server.fullServerName()

    def close(self) -> None:
        """Hear nothing more."""
        self._server.close()

    # -- inside -----------------------------------------------------------------------------

    def _welcome(self) -> None:
        while (line := self._server.nextPendingConnection()) is not None:
            _Caller(line, self.asked, self)


class _Caller(QObject):
    """One connection. It is dropped if it says something else than a request, or is too slow."""

    def __init__(self, line: QLocalSocket, asked: object, parent: QObject) -> None:
        super().__init__(parent)
        self._line = line
        self._asked = asked
        self._data = b""
        line.setParent(self)
        line.setReadBufferSize(LIMIT + HEAD)
        line.readyRead.connect(self._read)
        line.disconnected.connect(self.deleteLater)
        QTimer.singleShot(_WITHIN_MS, self, line.abort)
        self._read()

    def _read(self) -> None:
        self._data += bytes(self._line.readAll().data())
        try:
            request = unpacked(self._data)
        except ValueError:
            self._line.abort()
            return
        if request is None:
            return
        self._line.readyRead.disconnect(self._read)
        self._line.write(TAKEN)
        self._line.flush()
        self._line.disconnectFromServer()
        self._asked.emit(request)  # type: ignore[attr-defined]
