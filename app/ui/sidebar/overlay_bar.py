"""A scroll bar that lies over what it scrolls, and only while the pointer is there."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar


class OverlayBar(QScrollBar):
    """Stands in for the vertical scroll bar of ``area``, so that rows keep their whole width."""

    _WIDTH = 10

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__(Qt.Orientation.Vertical, area)
        self._area = area
        self._real = area.verticalScrollBar()
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._real.rangeChanged.connect(self._fit)
        self._real.valueChanged.connect(self.setValue)
        self.valueChanged.connect(self._real.setValue)
        area.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.Resize | QEvent.Type.LayoutDirectionChange:
                self._fit()
            case QEvent.Type.Enter:
                self.setVisible(self._real.maximum() > 0)
            case QEvent.Type.Leave:
                self.setVisible(self.isSliderDown())
        return False

    def _fit(self, *_: int) -> None:
        self.setRange(self._real.minimum(), self._real.maximum())
        self.setPageStep(self._real.pageStep())
        self.setSingleStep(self._real.singleStep())
        left = 0 if self._area.isRightToLeft() else self._area.width() - self._WIDTH
        self.setGeometry(left, 0, self._WIDTH, self._area.height())
        if self._real.maximum() == 0:
            self.hide()
