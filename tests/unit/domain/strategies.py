"""Hypothesis strategies that draw whole records of each format."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from domain import claim, disclosure, note, report, trust_format
from domain.base_text import base64url_encode

quick = settings(max_examples=40, deadline=None)
wide = settings(max_examples=200, deadline=None)

words = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
slugs = st.from_regex(r"[a-z]{1,8}(_[a-z]{1,8})?", fullmatch=True)
days = st.dates(date(1949, 10, 1), date(2199, 12, 31))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))
hashes = st.binary(min_size=32, max_size=32)
counts = st.integers(0, 2**53 - 1)
small = st.integers(0, 40)


def tuples(items: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=most).map(tuple)


def maybe(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | items


numbers = st.builds(
    lambda region, day, tail: f"{region:06d}{day:%Y%m%d}{tail:08X}",
    st.integers(110000, 659999),
    days,
    st.integers(0, 2**32 - 1),
)

regions = st.builds(
    report.RegionRef,
    code=st.from_regex(r"[0-9]{6}", fullmatch=True),
    version=words,
    sha256=hashes.map(bytes.hex),
    name=words,
    territory=words,
    level=words,
    status=words,
)
subjects = st.builds(
    report.SubjectFacts,
    id=words,
    name=words,
    uscc=maybe(st.just("91110000600037341L")),
    kind=slugs,
    kind_name=words,
    registered_state=words,
    registration_authority=maybe(words),
    residence=maybe(words),
    legal_representative=maybe(words),
    established_on=maybe(days),
)
profiles = st.builds(
    report.ScopeProfile,
    kinds_counted=tuples(slugs),
    procedures_counted=tuples(slugs),
    never_counted=tuples(slugs),
    look_back=words,
    repair_regime=slugs,
    rules=tuples(words),
    units_note=maybe(words),
)
scopes = st.builds(
    report.Scope,
    profile=profiles,
    window_from=days,
    window_to=days,
    chosen=tuples(slugs),
    omitted=tuples(slugs),
    window_default_from=days,
    narrowed=st.booleans(),
    includes_branches=st.booleans(),
    branches_known=tuples(words),
)
intervals = st.builds(
    report.Interval,
    unit=words,
    unit_name=words,
    kind=slugs,
    from_=maybe(days),
    to=maybe(days),
)
domain_lines = st.builds(
    report.DomainLine,
    id=slugs,
    name=words,
    conclusion=maybe(st.sampled_from(report.Conclusion)),
    data_state=st.sampled_from(report.DataState),
    data_reasons=tuples(slugs),
    intervals=tuples(intervals, 2),
    commitment=maybe(words),
    records=counts,
)
totals = st.builds(
    report.Totals,
    records=counts,
    by_kind=st.dictionaries(slugs, counts, max_size=3),
    by_category=st.dictionaries(slugs, counts, max_size=3),
    fine_fen=counts,
    confiscated_fen=counts,
    latest_date=maybe(days),
    repaired=counts,
    removed=counts,
    objected=counts,
)
field_ids = words.filter(bool)
fields = st.one_of(
    st.builds(report.ShownField, id=field_ids, value=words, salt=hashes.map(base64url_encode)),
    st.builds(report.WithheldField, id=field_ids, hash=hashes.map(bytes.hex)),
)
items = st.builds(
    report.RecordItem,
    leaf=small,
    kind=slugs,
    domains=tuples(slugs),
    marks=tuples(slugs),
    fields=tuples(fields, 4),
)
trees = st.builds(
    report.RecordTreeRef,
    root=hashes.map(bytes.hex),
    size=st.sampled_from([16, 32, 64]),
    padding=tuples(hashes.map(bytes.hex)),
)
bases = st.builds(report.Basis, title=words, number=maybe(words), draft=st.booleans())
contents = st.builds(
    report.ReportContent,
    number=numbers,
    environment=st.sampled_from(report.Environment),
    region=regions,
    issuer_name=words,
    host=words,
    title=words,
    template=words,
    phase=words,
    basis=tuples(bases, 2),
    equal_force=maybe(words),
    subject=subjects,
    purpose=words,
    channel=words,
    variant=st.sampled_from(report.Variant),
    as_of=instants,
    historical=st.booleans(),
    reserved_at=instants,
    fresh_until=maybe(instants),
    scope=scopes,
    domains=tuples(domain_lines, 2),
    totals=totals,
    tree=trees,
    records=tuples(items, 2),
    notes=tuples(words),
    status_uri=words.map(lambda word: "https://" + word),
    status_idx=counts,
    log_origin=words,
)

hosts = st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True)
claims = st.builds(
    claim.Claim,
    host=hosts,
    number=numbers,
    environment=st.sampled_from(report.Environment),
    subject_name=st.text(st.characters(exclude_categories=("Cs",)), max_size=90),
    uscc=maybe(st.just("91110000600037341L")),
    as_of=instants,
    window_from=days,
    window_to=days,
    domains_chosen=small,
    domains_total=small,
    narrowed=st.booleans(),
    incomplete=st.booleans(),
    records=st.integers(0, 10**6),
    fine_fen=st.integers(0, 10**15),
    latest_date=maybe(days),
    root=hashes,
    status_uri=st.builds(lambda host, tail: f"https://{host}/status/{tail}", hosts, small),
    status_idx=st.integers(0, 2**20 - 1),
)

key_names = st.from_regex(r"[a-z]{1,10}\.example/[a-z]{1,5}", fullmatch=True)
signatures = st.builds(
    note.NoteSignature,
    name=key_names,
    key_hash=st.binary(min_size=4, max_size=4),
    signature=st.binary(min_size=1, max_size=72),
)
note_texts = st.lists(words.map(lambda word: "".join(c for c in word if c >= " ")), max_size=4).map(
    lambda lines: ("\n".join([*lines, "end"]) + "\n").encode()
)

services = st.builds(
    trust_format.Service,
    role=slugs,
    cert=st.binary(max_size=20),
    chain=tuples(st.binary(max_size=20), 2),
    number_prefix=maybe(st.just("150300")),
    from_=instants,
    to=maybe(instants),
    state=st.sampled_from(trust_format.ServiceState),
)
key_states = st.builds(
    trust_format.KeyStatus,
    key_id=st.binary(min_size=8, max_size=8).map(bytes.hex),
    role=slugs,
    state=st.sampled_from(trust_format.ServiceState),
    since=instants,
    reason=maybe(words),
)
region_files = st.builds(
    trust_format.RegionFile, code=words, version=words, sha256=hashes.map(bytes.hex), toml=words
)
scenarios = st.builds(
    trust_format.ScenarioPolicy, id=slugs, version=counts, sha256=hashes.map(bytes.hex), toml=words
)
bundles = st.builds(
    trust_format.TrustBundle,
    sequence=counts,
    environment=st.sampled_from(report.Environment),
    region=words,
    hosts=tuples(hosts),
    made_at=st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    expires_at=st.datetimes(datetime(2026, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC)),
    anchors=tuples(st.binary(max_size=20), 2),
    services=tuples(services, 2),
    crls=tuples(st.binary(max_size=20), 2),
    key_status=tuples(key_states, 2),
    log=st.builds(trust_format.LogKeys, origin=words, vkeys=tuples(words)),
    status_lists=tuples(words),
    region_files=tuples(region_files, 1),
    policies=tuples(scenarios, 2),
)

detail_items = st.builds(
    disclosure.DetailItem, leaf=small, fields=tuples(fields, 4), proof=tuples(hashes.map(bytes.hex), 4)
)
details = st.builds(
    disclosure.Details,
    number=numbers,
    root=hashes.map(bytes.hex),
    size=st.sampled_from([16, 32]),
    items=tuples(detail_items, 2),
)
