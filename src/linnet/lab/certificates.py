"""What a prober says of the certificate that a server shows it (X.509)."""

import warnings

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def complaint(der: bytes, name: str = "") -> str:
    """Say what is wrong with a certificate for a server of that name; "" if nothing.

    Whether an authority that anyone trusts signed it is not asked.
    """
    try:
        with warnings.catch_warnings():
            # That a server breaks a rule of the form is no news for who runs the lab.
            warnings.simplefilter("ignore", UserWarning)
            return _complain(x509.load_der_x509_certificate(der), name)
    except _UNREADABLE:
        return "its certificate cannot be read"


def _complain(certificate: x509.Certificate, name: str) -> str:
    if _is_self_signed(certificate):
        return "its certificate is self-signed"
    if name and not any(_fits(one, name) for one in _names(certificate)):
        return "its certificate is for another name"
    return ""


def _is_self_signed(certificate: x509.Certificate) -> bool:
    if certificate.issuer != certificate.subject:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except InvalidSignature:
        return False
    return True


def _names(certificate: x509.Certificate) -> list[str]:
    """Return the DNS names that it is for (RFC 9525 §6.3: the subject is no name)."""
    try:
        found = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except x509.ExtensionNotFound:
        return []
    return found.value.get_values_for_type(x509.DNSName)


def _fits(pattern: str, name: str) -> bool:
    """Whether a name is the one of a certificate, whose first label may be any."""
    first, _, rest = pattern.lower().partition(".")
    return pattern.lower() == name or (first == "*" and name.partition(".")[2] == rest)
