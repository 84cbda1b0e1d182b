"""The look of Facet: colours, fonts, icons, painted shapes and the controls made of them.

``theme.Theme`` is what widgets are given; ``controls`` has buttons, meters, menus and labels;
``shapes`` paints the cut box, the octagon, the mark and shadows. tokens.py holds the constants.
"""
