"""Documents as real programs write them: LibreOffice makes them of the sources in ``office``.

All are written by one start of it and kept in a folder, which is used again as long as the sources
are the same.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_SOURCES = Path(__file__).parent / "office"
# Source -> ending of the file -> what LibreOffice calls its format.
_FILES = {
    "report.fodt": {
        "docx": "MS Word 2007 XML",
        "odt": "writer8",
        "rtf": "Rich Text Format",
        "epub": "EPUB",
        "html": "HTML (StarWriter)",
        "pdf": "writer_pdf_Export",
        "locked.odt": "writer8",
    },
    "talk.fodp": {
        "pptx": "Impress MS PowerPoint 2007 XML",
        "odp": "impress8",
    },
    "accounts.fods": {
        "xlsx": "Calc MS Excel 2007 XML",
        "ods": "calc8",
        "xls": "MS Excel 97",
        "locked.xls": "MS Excel 97",
        "csv": "Text - txt - csv (StarCalc)",
    },
}
PASSWORD = "open sesame"
TIDES = 60  # paragraphs that make the report some pages long
TIDE = (
    "Paragraph {0} of the outlook says that the tide of day {0} rises and falls, and that the "
    "harbour master writes down both of them, as has been done since the lighthouse was built."
)
_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"
 script:language="StarBasic">
Sub Convert(orders As String)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  Dim wanted(0) As New com.sun.star.beans.PropertyValue
  Dim locked(1) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  wanted(0).Name = "FilterName"
  locked(0).Name = "FilterName"
  locked(1).Name = "Password"
  locked(1).Value = "open sesame"
  list = Split(orders, ";")
  For n = 0 To UBound(list)
    words = Split(list(n), "*")
    document = StarDesktop.loadComponentFromURL(words(0), "_blank", 0, hidden())
    For i = 1 To UBound(words) Step 2
      wanted(0).Value = words(i)
      locked(0).Value = words(i)
      If InStr(words(i + 1), "locked") Then
        document.storeToURL(words(i + 1), locked())
      Else
        document.storeToURL(words(i + 1), wanted())
      End If
    Next i
    document.close(True)
  Next n
End Sub
</script:module>
"""


def office_files(cache: Path) -> Path:
    """The folder with report.docx, .odt, .rtf, .epub, .html, .pdf, talk.pptx, .odp, accounts.xlsx,
    .ods, .xls and .csv; those with "locked" in their names have PASSWORD. Written anew in
    ``cache`` if they aren't there."""
    sources = {name: _source(name) for name in _FILES}
    key = hashlib.sha256(repr((sources, _FILES, _MACRO)).encode()).hexdigest()[:16]
    folder = cache / key
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as made:
        _convert(sources, Path(made))
        for _source_name, wanted in _FILES.items():
            for ending in wanted:
                assert (Path(made) / "out" / f"{Path(_source_name).stem}.{ending}").is_file()
        try:
            (Path(made) / "out").rename(folder)
        except OSError:  # another process was faster
            assert folder.is_dir()
    return folder


def _source(name: str) -> str:
    text = (_SOURCES / name).read_text(encoding="utf-8")
    tides = "\n".join(f"<text:p>{TIDE.format(day)}</text:p>" for day in range(1, TIDES + 1))
    return text.replace("<!-- tides -->", tides)


def _convert(sources: dict[str, str], folder: Path) -> None:
    office = shutil.which("soffice")
    assert office is not None, "LibreOffice is missing: packaging/setup.sh installs it"
    profile, out = folder / "profile", folder / "out"
    out.mkdir()
    command = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
    environment = {**os.environ, "HOME": str(folder), "SAL_USE_VCLPLUGIN": "svp"}

    def start(*arguments: str) -> None:
        subprocess.run(
            [*command, *arguments], env=environment, check=True, capture_output=True, timeout=120
        )

    start("--terminate_after_init")  # makes the profile, in which the macro has to lie
    macros = profile / "user" / "basic" / "Standard"
    (macros / "Module1.xba").write_text(_MACRO, encoding="utf-8")
    orders = []
    for name, wanted in _FILES.items():
        path = folder / name
        path.write_text(sources[name], encoding="utf-8")
        words = [path.as_uri()]
        for ending, called in wanted.items():
            words += [called, (out / f"{path.stem}.{ending}").as_uri()]
        orders.append("*".join(words))
    start(f'macro:///Standard.Module1.Convert("{";".join(orders)}")')
