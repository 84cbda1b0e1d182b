"""The design's constants: colours, spacing, radii, durations. Values only, no Qt.

A colour is named by what it is for (``"text-2"``, ``"accent-soft"``), never by how it looks, and
has one value in each theme. Every text pair keeps 4.5:1, every control 3:1; tests hold that.
"""

LIGHT: dict[str, str] = {
    "canvas": "#FBFBFA",
    "surface": "#FFFFFF",
    "sidebar": "#F1F3F1",
    "sunken": "#F3F5F3",
    "hover": "#E8EBE9",
    "selected": "#DEE4E2",
    "user": "#EAEEEC",
    "border": "#DCE0DD",
    "border-strong": "#7D8583",
    "btn": "#FFFFFF",
    "btn-edge": "#CDD5D1",
    "track": "#D2D9D6",
    "track-2": "#9FAAA6",
    "text": "#191D1C",
    "text-2": "#47504D",
    "text-3": "#5D6663",
    "accent": "#0B6876",
    "accent-hover": "#095864",
    "accent-press": "#074852",
    "on-accent": "#FFFFFF",
    "accent-soft": "#E0EFF0",
    "accent-text": "#095E6B",
    "ok": "#1B6842",
    "ok-soft": "#E1F0E7",
    "warn": "#7F4B00",
    "warn-soft": "#FAEDD5",
    "danger": "#AB241C",
    "danger-soft": "#FCEFED",
    "mark-hi": "#FFE08A",
    "mark-text": "#191D1C",
    "tag": "#0B6876",
    "on-tag": "#FFFFFF",
    "g1": "#7FC9CF",
    "g2": "#3FA0AC",
    "g3": "#1C7F8D",
    "g4": "#0B6876",
    "g5": "#074852",
    "c-kw": "#6C3A94",
    "c-str": "#1B6842",
    "c-fn": "#095E6B",
    "c-num": "#7F4B00",
    "c-com": "#5D6663",
    "selection": "#C2D9DD",
    "shadow": "#141E1C",
}

DARK: dict[str, str] = {
    "canvas": "#161A1A",
    "surface": "#1E2323",
    "sidebar": "#111514",
    "sunken": "#111515",
    "hover": "#252B2B",
    "selected": "#2B3433",
    "user": "#262D2C",
    "border": "#2F3736",
    "border-strong": "#74807D",
    "btn": "#272E2D",
    "btn-edge": "#414C4A",
    "track": "#3A4443",
    "track-2": "#6B7774",
    "text": "#E7ECEA",
    "text-2": "#B3BDB9",
    "text-3": "#929C99",
    "accent": "#5DC3CE",
    "accent-hover": "#7BD1DA",
    "accent-press": "#46AEB9",
    "on-accent": "#05262B",
    "accent-soft": "#133439",
    "accent-text": "#7CD2DB",
    "ok": "#6FCB98",
    "ok-soft": "#15301F",
    "warn": "#E8B45E",
    "warn-soft": "#352810",
    "danger": "#FF9388",
    "danger-soft": "#2E1D1C",
    "mark-hi": "#FFE08A",
    "mark-text": "#191D1C",
    "tag": "#0B6876",
    "on-tag": "#FFFFFF",
    "g1": "#C4EEF1",
    "g2": "#84D3DB",
    "g3": "#4FB5C0",
    "g4": "#2B8C98",
    "g5": "#17626C",
    "c-kw": "#CBA6EA",
    "c-str": "#7FCFA0",
    "c-fn": "#7CD2DB",
    "c-num": "#E8B45E",
    "c-com": "#929C99",
    "selection": "#315356",
    "shadow": "#000000",
}

SHADOW_OPACITY = {"light": 0.14, "dark": 0.45}

# With increased contrast these colours stand in for their quieter neighbours.
INCREASED_CONTRAST = {
    "border": "border-strong",
    "btn-edge": "border-strong",
    "text-3": "text-2",
}

# The 4 px grid.
SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_5, SPACE_6 = 4, 8, 12, 16, 20, 24
SPACE_8, SPACE_11, SPACE_16 = 32, 44, 64
BETWEEN_MESSAGES = 18
READING_WIDTH = 720

RADIUS_TAG = 4
RADIUS_PILL = 6
RADIUS_CONTROL = 7
RADIUS_CHIP = 8
RADIUS_CARD = 10
RADIUS_PANEL = 12
CUT_MESSAGE = 14
CUT_TAG = 6

# Milliseconds.
PRESS_MS = 80
HOVER_MS = 120
EXPAND_MS = 180
PANEL_IN_MS = 140
PANEL_OUT_MS = 90
WORKING_STEP_MS = 120
