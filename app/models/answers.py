"""What a hub's answers and broken connections mean: some mend themselves, some need somebody."""

import email.utils
import socket
import ssl
import time
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from app.core.errors import AppError
from app.models.catalogue import HuggingFace
from app.models.hub import TOKEN_VARIABLE, Hub
from app.models.refusals import Setback

E = TypeVar("E", bound=BaseException)

_BUSY = (408, 425, 429)
_LATER = "Try again later; nothing is fetched twice."


def of_error(error: Exception, address: str) -> Setback | AppError:
    """What an exception of httpx means, in a talk with ``address``."""
    host = urlsplit(address).hostname or address
    untrusted = _cause(error, ssl.SSLCertVerificationError)
    if untrusted is not None:
        return AppError(
            f"The certificate of {host} is not trusted: {untrusted.verify_message}.",
            "Check this machine's date. If your network looks into connections, name its "
            "certificate in SSL_CERT_FILE.",
            code="certificate",
        )
    if isinstance(error, httpx.ProxyError):
        if "407" in str(error):
            return _proxy_wants_password()
        return Setback(f"the proxy refused: {error}", "Check the proxy in the system's settings.")
    proxy = _proxy_to(address)
    if proxy and isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        because = f"{host} can't be reached through the proxy {proxy}"
        return Setback(because, "Check the proxy in the system's settings.", answered=False)
    if _cause(error, socket.gaierror) is not None:
        return Setback(f"{host} can't be found", answered=False)
    if _cause(error, ConnectionRefusedError) is not None:
        return Setback(f"{host} refuses the connection", answered=False)
    if isinstance(error, httpx.ConnectTimeout):
        return Setback(f"{host} doesn't answer", answered=False)
    if isinstance(error, httpx.ReadTimeout):
        return Setback("no more data came")
    if isinstance(error, httpx.ConnectError):
        return Setback(f"{host} can't be reached", answered=False)
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL)):
        return AppError(
            f"{host} sends to an address that is none.",
            "Check the address of the hub in the settings.",
            code="hub",
        )
    return Setback("the connection was lost")


def of_answer(
    status: int, headers: Mapping[str, str], address: str, hub: Hub, source: HuggingFace, file: str
) -> Setback | AppError:
    """What an answer means that brings no file. ``address`` is where it came from."""
    host = urlsplit(address).hostname or address
    if status == 407:
        return _proxy_wants_password()
    if status in _BUSY or status >= 500:
        state = "is too busy" if status == 429 else f"has a fault (error {status})"
        return Setback(f"{host} {state}", _LATER, wait=_retry_after(headers.get("retry-after", "")))
    if not address.startswith(f"{hub.endpoint}/"):
        # The links that a hub gives out hold for minutes only; the next try asks for a new one.
        return Setback(f"{host} refused the link that the hub gave (error {status})", _LATER)
    code = headers.get("x-error-code", "")
    if status in (401, 403):
        return _locked(hub, source, code)
    if status == 404:
        where = f"{source.repository} of {host}"
        if code == "RevisionNotFound" or code == "RepoNotFound":
            what = f"{where} is not there any more, or not in the version that Facet knows."
        else:
            what = f"There is no {file} in {where}."
        return AppError(
            what,
            "The publisher may have moved it: update Facet, or choose another model.",
            code="not-found",
        )
    return AppError(
        f"{host} refuses to give {file} (error {status}).",
        "Try again later, or choose another address of the hub in the settings.",
        code="hub",
    )


def _locked(hub: Hub, source: HuggingFace, code: str) -> AppError:
    page = f"{hub.endpoint}/{source.repository}"
    if code == "RepoNotFound":
        what = f"{hub.host} has no {source.repository} that everybody may have."
        step = "Update Facet, or choose another model. If it is your own, set a token for it."
    elif hub.token:
        what = f"The token does not open {source.repository}."
        step = f"Accept the terms on {page} with the account of the token, or set another token."
    else:
        what = f"{source.repository} is given only to those who have accepted its terms."
        step = f"Accept them on {page}, then set a token of your account."
    return AppError(what, f"{step} Tokens: Settings, or {TOKEN_VARIABLE}.", code="token")


def _proxy_to(address: str) -> str:
    """The name of the proxy that the system has on the way, "" for none."""
    parts, proxies = urlsplit(address), getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not proxy or proxy_bypass(parts.hostname or ""):
        return ""
    return urlsplit(proxy if "://" in proxy else f"//{proxy}").hostname or ""


def _proxy_wants_password() -> AppError:
    return AppError(
        "The proxy of this network asks for a password.",
        "Set it in the proxy's address: http://name:password@proxy.",
        code="proxy",
    )


def _retry_after(text: str) -> float | None:
    """Seconds, from a number of them or from a date; None for neither."""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    date = email.utils.parsedate_tz(text)
    if date is None:
        return None
    return max(0.0, email.utils.mktime_tz(date) - time.time())


def _cause(error: BaseException | None, kind: type[E]) -> E | None:
    """The exception of that kind behind another."""
    while error is not None:
        if isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
    return None
