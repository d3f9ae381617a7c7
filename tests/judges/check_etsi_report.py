"""Judges the form of an ETSI TS 119 102-2 validation report by the standard's text alone.

Usage: ``check_etsi_report.py REPORT.xml``; prints the main indication and exits 0, or names every
place that differs and exits 1.  Nothing of the product is imported, only Python's own library.

ETSI's schema file may not be passed on (the copyright notice in it reserves reproduction), so the
elements that a report on a PDF signature may have stand here as a table, from clauses 4 and 5 and
annex A of TS 119 102-2 v1.2.1 and later (one namespace): order, how often, kind of value.  One line
each: ``name[?*+]=type``; a type beginning in lower case is a value, the others stand in the table.
"""

from __future__ import annotations

import base64
import re
import sys
import xml.etree.ElementTree as ET
from datetime import datetime

VR, DS = "http://uri.etsi.org/19102/v1.2.1#", "http://www.w3.org/2000/09/xmldsig#"
MAIN = "urn:etsi:019102:mainindication:"
MAIN_INDICATIONS = {f"{MAIN}{word}" for word in ("total-passed", "total-failed", "indeterminate")}
OBJECTS = "urn:etsi:019102:validationObject:"
TYPES = {
    "Report": "SignatureValidationReport+=Signature SignatureValidationObjects?=Objects",
    "Signature": (
        "SignatureIdentifier?=Identifier ValidationConstraintsEvaluationReport?=Constraints "
        "ValidationTimeInfo?=Times SignersDocument?=Document SignatureAttributes?=Attributes "
        "SignerInformation?=Signer SignatureQuality?=Quality SignatureValidationProcess?=Process "
        "SignatureValidationStatus=Status"
    ),
    "Identifier": (
        "DigestAlgAndValue?=Digest ds:SignatureValue?=base64 HashOnly=boolean DocHashOnly=boolean "
        "DAIdentifier?=text"
    ),
    "Digest": "ds:DigestMethod=method ds:DigestValue=base64",
    "Constraints": "SignatureValidationPolicy?=Policy ValidationConstraint*=Constraint",
    "Policy": "PolicyName?=text FormalPolicyURI?=uri ReadablePolicyURI?=uri",
    "Constraint": "ValidationConstraintIdentifier=uri ConstraintStatus=Met ValidationStatus?=Status",
    "Met": "Status=uri OverriddenBy?=uri",
    "Times": "ValidationTime=instant BestSignatureTime=Existence",
    "Existence": "POETime=instant TypeOfProof=uri POEObject?=reference",
    "Document": "DigestAlgAndValue=Digest SignersDocumentRepresentation?=reference",
    "Signer": "SignerCertificate=reference Signer?=text",
    "Quality": "SignatureQualityInformation+=uri",
    "Process": (
        "SignatureValidationProcessID?=uri SignatureValidationServicePolicy?=uri "
        "SignatureValidationPracticeStatement?=uri"
    ),
    "Status": "MainIndication=uri SubIndication*=uri AssociatedValidationReportData*=Data",
    "Data": (
        "TrustAnchor?=reference CertificateChain?=Chain RelatedValidationObject*=reference "
        "RevocationStatusInformation?=Revocation CryptoInformation?=Algorithm"
    ),
    "Chain": "SigningCertificate=reference IntermediateCertificate*=reference TrustAnchor?=reference",
    "Revocation": (
        "ValidationObjectId=reference RevocationTime=instant RevocationReason?=uri RevocationObject?=reference"
    ),
    "Algorithm": "ValidationObjectId=reference Algorithm=uri SecureAlgorithm=boolean NotAfter?=instant",
    "Objects": "ValidationObject+=Object",
    "Object": (
        "ObjectType=uri ValidationObjectRepresentation=Representation POE?=Existence "
        "ValidationReport?=Signature"
    ),
    "SigningTime": "AttributeObject*=reference Time=instant",
    "Certificates": "AttributeObject*=reference CertID*=CertID",
    "CertID": "X509IssuerSerial?=base64 ds:DigestMethod=method ds:DigestValue=base64",
    "TimeStamp": "AttributeObject*=reference TimeStampValue=instant",
    "MessageDigest": "AttributeObject*=reference Digest=base64",
    "SubFilter": "AttributeObject*=reference SubFilterElement=text",
    "Filter": "Filter=text",
    "Reason": "AttributeObject*=reference ReasonElement=text",
    "Name": "AttributeObject*=reference NameElement=text",
    "Dss": "AttributeObject*=reference Certs?=reference CRLs?=reference OCSPs?=reference",
}
ONE_OF = {
    "Attributes": (
        "SigningTime=SigningTime SigningCertificate=Certificates SignatureTimeStamp=TimeStamp "
        "MessageDigest=MessageDigest DSS=Dss DocTimeStamp=TimeStamp Reason=Reason Name=Name "
        "SubFilter=SubFilter ByteRange=integers Filter=Filter"
    ),
    "Representation": "base64=base64 DigestAlgAndValue=Digest URI=uri",
}
WITH = {
    "Object": {"id"},
    "Identifier": {"id"},
    "Signer": {"Pseudonym"},
    "method": {"Algorithm"},
} | {
    kind: {"Signed"}
    for kind in (
        "SigningTime",
        "Certificates",
        "TimeStamp",
        "MessageDigest",
        "SubFilter",
        "Reason",
        "Name",
        "Dss",
    )
}
"""Attributes that a type may have."""


class Judge:
    """Collects what differs."""

    def __init__(self, root: ET.Element) -> None:
        self.wrong: list[str] = []
        self.ids = [each.get("id") or "" for each in root.iter(f"{{{VR}}}ValidationObject")]
        if len(set(self.ids)) != len(self.ids) or not all(
            re.fullmatch(r"[A-Za-z_][\w.-]*", i) for i in self.ids
        ):
            self.wrong.append("ValidationObject/@id: not unique names")

    def element(self, element: ET.Element, kind: str, place: str) -> None:
        if kind[0].islower():
            self.value(element, kind, place)
            return
        for name in set(element.attrib) - WITH.get(kind, set()):
            self.wrong.append(f"{place}/@{name}: no such attribute")
        if kind == "Object" and "id" not in element.attrib:
            self.wrong.append(f"{place}: no id")
        if (element.text or "").strip():
            self.wrong.append(f"{place}: text between elements")
        if kind in ONE_OF:
            self.one_of(element, kind, place)
        else:
            self.sequence(element, kind, place)

    def one_of(self, element: ET.Element, kind: str, place: str) -> None:
        known = dict(word.split("=") for word in ONE_OF[kind].split())
        if kind == "Representation" and len(element) != 1:
            self.wrong.append(f"{place}: not exactly one child")
        for child in element:
            name = named(child)
            if name not in known:
                self.wrong.append(f"{place}/{name}: not allowed here")
                continue
            self.element(child, known[name], f"{place}/{name}")

    def sequence(self, element: ET.Element, kind: str, place: str) -> None:
        children = list(element)
        for word in TYPES[kind].split():
            wanted, sort = word.split("=")
            name, often = (wanted[:-1], wanted[-1]) if wanted[-1] in "?*+" else (wanted, "")
            taken = 0
            while children and named(children[0]) == name and (taken == 0 or often in ("*", "+")):
                self.element(children.pop(0), sort, f"{place}/{name}")
                taken += 1
            if not taken and often in ("", "+"):
                self.wrong.append(f"{place}: {name} is missing")
        self.wrong += [f"{place}/{named(child)}: not allowed here" for child in children]

    def value(self, element: ET.Element, sort: str, place: str) -> None:
        text = (element.text or "").strip()
        if len(element):
            self.wrong.append(f"{place}: elements inside a value")
        if sort == "reference":
            references = (element.get("VOReference") or "").split()
            if not references or not set(references) <= set(self.ids):
                self.wrong.append(f"{place}: names no object of the report")
        elif sort == "method":
            if not re.fullmatch(r"\S+:\S+", element.get("Algorithm") or ""):
                self.wrong.append(f"{place}: no algorithm")
        elif not VALUES[sort](text):
            self.wrong.append(f"{place}: {text[:40]!r} is no {sort}")


def named(element: ET.Element) -> str:
    space, _, name = element.tag.removeprefix("{").partition("}")
    return name if space == VR else f"ds:{name}" if space == DS else element.tag


def is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None and "T" in text
    except ValueError:
        return False


def is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode("".join(text.split()), validate=True))
    except ValueError:
        return False


VALUES = {
    "text": bool,
    "uri": lambda text: re.fullmatch(r"[a-z][a-z0-9+.-]*:\S+", text, re.IGNORECASE),
    "boolean": lambda text: text in ("true", "false", "0", "1"),
    "instant": is_instant,
    "base64": is_base64,
    "integers": lambda text: re.fullmatch(r"\d+( \d+)*", text),
}


def main(path: str) -> int:
    """Print what was found; 0 for a report in the standard's form."""
    root = ET.parse(path).getroot()
    judge = Judge(root)
    if root.tag != f"{{{VR}}}ValidationReport":
        judge.wrong.append(f"{root.tag}: no ValidationReport")
    judge.element(root, "Report", "ValidationReport")
    found = root.find(f"{{{VR}}}SignatureValidationReport/*/{{{VR}}}MainIndication")
    if found is None or found.text not in MAIN_INDICATIONS:
        judge.wrong.append("MainIndication: none that the standard knows")
    kinds = {each.text for each in root.iter(f"{{{VR}}}ObjectType")}
    if not all((kind or "").startswith(OBJECTS) for kind in kinds):
        judge.wrong.append(f"ObjectType: {sorted(map(str, kinds))}")
    print("\n".join(judge.wrong) if judge.wrong else (found.text if found is not None else ""))
    return 1 if judge.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
