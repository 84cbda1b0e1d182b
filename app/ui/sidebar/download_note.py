"""How far a download is, told where its page is opened."""

from PySide6.QtCore import QObject

from app.session.downloads import Downloads
from app.ui.sidebar.nav_row import NavRow


class DownloadNote(QObject):
    """Writes it beside the words of ``row``: "38 %", or that it has stopped."""

    def __init__(self, row: NavRow, downloads: Downloads) -> None:
        super().__init__(row)
        self._row = row
        self._downloads = downloads
        downloads.changed.connect(self._follow)

    def _follow(self) -> None:
        job = next((job for job in self._downloads.jobs if job.state != "paused"), None)
        if job is None:
            self._row.set_note("")
        elif job.state == "failed":
            self._row.set_note(self.tr("stopped"), self.tr("A download has stopped"))
        else:
            transfer = job.transfer
            share = transfer.done / transfer.total if transfer and transfer.total else 0.0
            far = self.tr("{0} %").format(int(100 * share))
            self._row.set_note(far, self.tr("Downloading {0}: {1}").format(job.spec.title, far))
